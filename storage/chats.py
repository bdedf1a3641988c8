"""Conversations: begun, found, renamed, deleted and restored. What is said in them is in chat_messages.py."""

import secrets

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from core.specs.chats import PENDING, AnswerState
from storage.actors import Actor
from storage.database import Store
from storage.rows import Conversation, Message, from_now

UNDO_SECONDS = 3600
"""How long a deleted conversation can be restored."""


def new_id() -> str:
    """An id for a conversation that is about to begin."""
    return f"conversation-{secrets.token_hex(6)}"


def begin_conversation(
    store: Store, actor: Actor, conversation_id: str, title: str, models: dict[str, str], settings: dict
) -> None:
    """Create an empty conversation unless the id exists. `models` maps references to labels."""
    store.require_room()
    with store.write() as session:
        if session.get(Conversation, conversation_id) is None:
            session.add(
                Conversation(id=conversation_id, owner_id=actor.owner_id, title=title, models=models, settings=settings)
            )


def get_conversation(store: Store, actor: Actor, conversation_id: str) -> Conversation:
    """The conversation. Raises NotFoundError, also for a deleted one."""
    with store.read() as session:
        return _conversation(session, actor, conversation_id)


def list_conversations(store: Store, actor: Actor, search: str = "", limit: int = 30) -> list[Conversation]:
    """Those with `search` in the title or in a message, most recently changed first."""
    query = select(Conversation).where(Conversation.owner_id == actor.owner_id, Conversation.deleted_at.is_(None))
    if search:
        said = select(Message.id).where(
            Message.conversation_id == Conversation.id,
            Message.set_aside_at.is_(None),
            Message.text.icontains(search, autoescape=True),
        )
        query = query.where(or_(Conversation.title.icontains(search, autoescape=True), said.exists()))
    with store.read() as session:
        return list(session.scalars(query.order_by(Conversation.changed_at.desc(), Conversation.id).limit(limit)))


def last_change(store: Store, actor: Actor) -> tuple:
    """A cheap value that differs after every change to the list, and after every answer that ends."""
    changes = select(func.max(Conversation.changed_at), func.count(Conversation.id))
    with store.read() as session:
        return tuple(session.execute(changes.where(Conversation.owner_id == actor.owner_id)).one())


def rename(store: Store, actor: Actor, conversation_id: str, title: str) -> None:
    """Change the title. Raises NotFoundError."""
    with store.write() as session:
        changed(session, actor, conversation_id).title = title


def delete_conversation(store: Store, actor: Actor, conversation_id: str) -> None:
    """Stop its answers and remove it from the list; `restore` brings it back within an hour. Raises NotFoundError.

    Conversations deleted longer ago are removed for good.
    """
    with store.write() as session:
        changed(session, actor, conversation_id).deleted_at = from_now()
        stop(session, conversation_id)
        gone = select(Conversation.id).where(Conversation.deleted_at < from_now(-UNDO_SECONDS))
        answers = Message.conversation_id.in_(gone) & Message.question_id.is_not(None)
        session.execute(delete(Message).where(answers))
        session.execute(delete(Message).where(Message.conversation_id.in_(gone)))
        session.execute(delete(Conversation).where(Conversation.deleted_at < from_now(-UNDO_SECONDS)))


def last_deleted(store: Store, actor: Actor) -> Conversation | None:
    """The most recently deleted conversation that can still be restored."""
    query = select(Conversation).where(
        Conversation.owner_id == actor.owner_id, Conversation.deleted_at >= from_now(-UNDO_SECONDS)
    )
    with store.read() as session:
        return session.scalar(query.order_by(Conversation.deleted_at.desc()).limit(1))


def restore(store: Store, actor: Actor, conversation_id: str) -> None:
    """Bring a deleted conversation back. Raises NotFoundError once it is gone for good."""
    with store.write() as session:
        conversation = _conversation(session, actor, conversation_id, deleted=True)
        conversation.deleted_at, conversation.changed_at = None, from_now()


def changed(session: Session, actor: Actor, conversation_id: str) -> Conversation:
    """The conversation, marked as changed now. Raises NotFoundError."""
    conversation = _conversation(session, actor, conversation_id)
    conversation.changed_at = from_now()
    return conversation


def stop(session: Session, conversation_id: str) -> None:
    """End every answer of the conversation that is pending, keeping its text so far."""
    session.execute(update(Message).where(*pending(conversation_id)).values(state=AnswerState.STOPPED))


def pending(conversation_id: str) -> tuple[ColumnElement[bool], ...]:
    """The conditions on an answer that is waiting or being written."""
    return Message.conversation_id == conversation_id, Message.state.in_(PENDING)


def _conversation(session: Session, actor: Actor, conversation_id: str, deleted: bool = False) -> Conversation:
    found = session.get(Conversation, conversation_id)
    if found is None or found.owner_id != actor.owner_id or (found.deleted_at and not deleted):
        raise NotFoundError(
            f"There is no conversation {conversation_id[:80]!r}.", "It was deleted, or its address is mistyped."
        )
    return found
