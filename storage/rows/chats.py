"""Conversations and their messages."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.specs.chats import AnswerState
from storage.rows.columns import Row, RunsInProcess, from_now


class Conversation(Row):
    """A chat with one model, or with two that get the same questions."""

    __tablename__ = "conversations"
    __table_args__ = (Index("conversations_by_change", "changed_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"))
    title: Mapped[str]
    models: Mapped[dict]
    """Reference → label of the models asked last, in order."""
    settings: Mapped[dict]
    """The SamplingSettings used last, including the system prompt."""
    draft: Mapped[str] = mapped_column(default="")
    """A question the model could not take; it goes back into the input box."""
    refusal: Mapped[str] = mapped_column(default="")
    """Why it could not, for the user."""
    created_at: Mapped[datetime] = mapped_column(default=from_now())
    changed_at: Mapped[datetime] = mapped_column(default=from_now())
    deleted_at: Mapped[datetime | None]


class Message(RunsInProcess, Row):
    """A question, or an answer to one. The process is the one that writes the answer."""

    __tablename__ = "messages"
    __table_args__ = (Index("messages_of_conversation", "conversation_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    place: Mapped[int]
    """Position in the conversation: even for questions, the next odd number for answers; a replacement keeps it."""
    question_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    """The question it answers; None for a question."""
    text: Mapped[str] = mapped_column(default="")
    model: Mapped[str | None]
    label: Mapped[str | None]
    state: Mapped[AnswerState | None]
    settings: Mapped[dict] = mapped_column(default=dict)
    facts: Mapped[dict] = mapped_column(default=dict)
    """Facts about an answer: tokens, seconds, finish reason."""
    error_message: Mapped[str | None]
    error_remedy: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=from_now())
    written_at: Mapped[datetime] = mapped_column(default=from_now())
    set_aside_at: Mapped[datetime | None]
    """When another question or answer replaced it; it can be restored."""
