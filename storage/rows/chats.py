"""Conversations and their messages."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.specs.chats import AnswerState
from storage.rows.columns import Row, RunsInProcess, from_now


class Conversation(Row):
    """A chat with one model, or with two that are asked the same."""

    __tablename__ = "conversations"
    __table_args__ = (Index("conversations_by_change", "changed_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"))
    title: Mapped[str]
    models: Mapped[dict]
    """Reference → label of those asked last, in order."""
    settings: Mapped[dict]
    """The fields of SamplingSettings that were asked with last, the system prompt among them."""
    draft: Mapped[str] = mapped_column(default="")
    """A question that the model could not take: it goes back into the box."""
    refusal: Mapped[str] = mapped_column(default="")
    """Why it could not, for the person."""
    created_at: Mapped[datetime] = mapped_column(default=from_now())
    changed_at: Mapped[datetime] = mapped_column(default=from_now())
    deleted_at: Mapped[datetime | None]


class Message(RunsInProcess, Row):
    """A question, or an answer to one. What runs in a process is the writing of an answer."""

    __tablename__ = "messages"
    __table_args__ = (Index("messages_of_conversation", "conversation_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    place: Mapped[int]
    """In its conversation: even for a question, the next odd one for its answers. What replaces it has the same."""
    question_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    """The question that it answers; None for a question."""
    text: Mapped[str] = mapped_column(default="")
    model: Mapped[str | None]
    label: Mapped[str | None]
    state: Mapped[AnswerState | None]
    settings: Mapped[dict] = mapped_column(default=dict)
    facts: Mapped[dict] = mapped_column(default=dict)
    """What is known of an answer: tokens, seconds, why it ended."""
    error_message: Mapped[str | None]
    error_remedy: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=from_now())
    written_at: Mapped[datetime] = mapped_column(default=from_now())
    set_aside_at: Mapped[datetime | None]
    """When another question or answer took its place; it can be brought back."""
