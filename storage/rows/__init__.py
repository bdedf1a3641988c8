"""The tables, one class each. Timestamps are UTC; those a lease depends on come from the database's clock."""

from storage.rows.chats import Conversation, Message
from storage.rows.columns import CanBeDeleted, Row, RunsInProcess, from_now
from storage.rows.jobs import NEXT_TURN, Artifact, Event, Job, Metric, Sweep
from storage.rows.people import Draft, Owner, Preference, Rating, Remark, Trash, Visit, Vote
from storage.rows.serving import Deployment, Worker

__all__ = [
    "Artifact", "CanBeDeleted", "Conversation", "Deployment", "Draft", "Event", "Job", "Message", "Metric", "NEXT_TURN",
    "Owner", "Preference", "Rating", "Remark", "Row", "RunsInProcess", "Sweep", "Trash", "Visit", "Vote", "Worker",
    "from_now",
]  # fmt: skip
