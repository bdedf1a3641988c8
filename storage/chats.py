"""Conversations and their messages: begun, asked in, found again, put aside and deleted."""

import secrets
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from core.errors import ConflictError, NotFoundError, TooManyError
from core.specs.chats import PENDING, AnswerState
from storage.database import Store
from storage.processes import this_process
from storage.rows import OWNER, Conversation, Message, from_now

MOST_MESSAGES = 1000
"""Questions and answers of one conversation, those put aside too: a model is asked with at most so many."""
UNDO_SECONDS = 3600
"""How long a deleted conversation can be brought back."""


def new_id() -> str:
    """An id for a conversation that is to be begun."""
    return f"conversation-{secrets.token_hex(6)}"


def begin_conversation(
    store: Store, conversation_id: str, title: str, models: dict[str, str], settings: dict, owner_id: str = OWNER
) -> None:
    """A conversation without messages, unless there is one by this id. `models` are labels by reference."""
    store.require_room()
    with store.write() as session:
        if session.get(Conversation, conversation_id) is None:
            begun = Conversation(id=conversation_id, owner_id=owner_id, title=title, models=models, settings=settings)
            session.add(begun)


def get_conversation(store: Store, conversation_id: str) -> Conversation:
    """The conversation of this id. Raises NotFoundError, for a deleted one too."""
    with store.read() as session:
        return _conversation(session, conversation_id)


def list_conversations(store: Store, search: str = "", limit: int = 30) -> list[Conversation]:
    """Those with `search` in the title or in a message, the one that changed last first."""
    query = select(Conversation).where(Conversation.deleted_at.is_(None))
    if search:
        said = select(Message.id).where(
            Message.conversation_id == Conversation.id,
            Message.set_aside_at.is_(None),
            Message.text.icontains(search, autoescape=True),
        )
        query = query.where(or_(Conversation.title.icontains(search, autoescape=True), said.exists()))
    with store.read() as session:
        return list(session.scalars(query.order_by(Conversation.changed_at.desc(), Conversation.id).limit(limit)))


def last_change(store: Store) -> tuple:
    """Something else after every change to the list or to what is kept of an answer that has ended; for little."""
    with store.read() as session:
        return tuple(session.execute(select(func.max(Conversation.changed_at), func.count(Conversation.id))).one())


def rename(store: Store, conversation_id: str, title: str) -> None:
    """Give it another title. Raises NotFoundError."""
    with store.write() as session:
        changed(session, conversation_id).title = title


def delete_conversation(store: Store, conversation_id: str) -> None:
    """Stop its answers and take it off the list; `restore` brings it back for an hour. Raises NotFoundError.

    Those deleted longer ago are removed for good.
    """
    with store.write() as session:
        stop(session, conversation_id)
        changed(session, conversation_id).deleted_at = from_now()
        gone = select(Conversation.id).where(Conversation.deleted_at < from_now(-UNDO_SECONDS))
        answers = Message.conversation_id.in_(gone) & Message.question_id.is_not(None)
        session.execute(delete(Message).where(answers))
        session.execute(delete(Message).where(Message.conversation_id.in_(gone)))
        session.execute(delete(Conversation).where(Conversation.deleted_at < from_now(-UNDO_SECONDS)))


def last_deleted(store: Store) -> Conversation | None:
    """The conversation deleted last, while it can be brought back."""
    query = select(Conversation).where(Conversation.deleted_at >= from_now(-UNDO_SECONDS))
    with store.read() as session:
        return session.scalar(query.order_by(Conversation.deleted_at.desc()).limit(1))


def restore(store: Store, conversation_id: str) -> None:
    """Bring a deleted conversation back. Raises NotFoundError for one that is gone for good."""
    with store.write() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            raise _no_conversation(conversation_id)
        conversation.deleted_at, conversation.changed_at = None, from_now()


def messages(store: Store, conversation_id: str) -> list[Message]:
    """What is said in it, in order; without what was put aside."""
    with store.read() as session:
        said = select(Message).where(*_visible(conversation_id)).order_by(Message.place, Message.id)
        return list(session.scalars(said))


def add_question(store: Store, conversation_id: str, text: str, models: dict[str, str], settings: dict) -> None:
    """A question, and an answer of each model that waits for this process to write it.

    Raises NotFoundError, TooManyError for a conversation that is full.
    """
    store.require_room()
    with store.write() as session:
        _add_question(session, conversation_id, text, models, settings)


def replace_question(store: Store, question_id: int, text: str, models: dict[str, str], settings: dict) -> None:
    """Ask `text` in the place of an earlier question; that one and all that follows it are put aside.

    Raises as `add_question`, and ConflictError while an answer is pending.
    """
    store.require_room()
    with store.write() as session:
        question = get_message(session, question_id)
        _refusepending(session, question.conversation_id)
        _put_aside(session, question.conversation_id, question.place)
        _add_question(session, question.conversation_id, text, models, settings)


def replace_answers(store: Store, question_id: int, models: dict[str, str], settings: dict) -> None:
    """Have the last question answered again; the answers that it had are put aside. Raises as `replace_question`."""
    store.require_room()
    with store.write() as session:
        question = get_message(session, question_id)
        _refusepending(session, question.conversation_id)
        _put_aside(session, question.conversation_id, question.place + 1)
        _add_answers(session, question, models, settings)


def can_bring_back(store: Store, conversation_id: str) -> bool:
    """Whether what was put aside last can take the place of what replaced it: nothing was asked since."""
    with store.read() as session:
        return _aside(session, conversation_id) is not None


def bring_back(store: Store, conversation_id: str) -> None:
    """Exchange what was put aside last for what took its place, which is put aside in turn. Raises ConflictError."""
    with store.write() as session:
        changed(session, conversation_id)
        _refusepending(session, conversation_id)
        aside = _aside(session, conversation_id)
        if aside is None:
            raise ConflictError("Nothing can be brought back here any more.", "Edit the question instead.")
        moment, place = aside
        of_it = (Message.conversation_id == conversation_id, Message.set_aside_at == moment)
        ids = list(session.scalars(select(Message.id).where(*of_it)))
        _put_aside(session, conversation_id, place)
        session.execute(update(Message).where(Message.id.in_(ids)).values(set_aside_at=None))


def _add_question(session: Session, conversation_id: str, text: str, models: dict[str, str], settings: dict) -> None:
    conversation = changed(session, conversation_id)
    conversation.models, conversation.settings = models, settings
    conversation.draft = conversation.refusal = ""
    last = session.scalar(select(func.max(Message.place)).where(*_visible(conversation_id)))
    place = 0 if last is None else last // 2 * 2 + 2
    question = Message(conversation_id=conversation_id, place=place, text=text)
    session.add(question)
    session.flush()
    _add_answers(session, question, models, settings)


def _add_answers(session: Session, question: Message, models: dict[str, str], settings: dict) -> None:
    here = this_process()
    for reference, label in models.items():
        session.add(
            Message(
                conversation_id=question.conversation_id,
                place=question.place + 1,
                question_id=question.id,
                model=reference,
                label=label,
                state=AnswerState.WAITING,
                settings=settings,
                process_id=here.process_id,
                process_started=here.process_started,
                boot_id=here.boot_id,
            )
        )
    session.flush()
    changed(session, question.conversation_id)
    if session.scalar(select(func.count()).where(Message.conversation_id == question.conversation_id)) > MOST_MESSAGES:
        raise TooManyError(
            f"A conversation holds at most {MOST_MESSAGES:,} questions and answers, and this one is full.",
            "Begin a new conversation.",
        )


def _put_aside(session: Session, conversation_id: str, from_place: int) -> None:
    hidden = (*_visible(conversation_id), Message.place >= from_place)
    session.execute(update(Message).where(*hidden).values(set_aside_at=from_now()))


def _aside(session: Session, conversation_id: str) -> tuple[datetime, int] | None:
    """The moment and the first place of what was put aside last; None where more was asked since."""
    of_it = Message.conversation_id == conversation_id
    moment = session.scalar(select(func.max(Message.set_aside_at)).where(of_it))
    if moment is None:
        return None
    place = session.scalar(select(func.min(Message.place)).where(of_it, Message.set_aside_at == moment))
    later = (Message.place > place, Message.question_id.is_(None), Message.created_at > moment)
    asked_since = session.scalar(select(Message.id).where(*_visible(conversation_id), *later).limit(1))
    return None if asked_since else (moment, place)


def stop(session: Session, conversation_id: str) -> None:
    session.execute(update(Message).where(*pending(conversation_id)).values(state=AnswerState.STOPPED))


def _refusepending(session: Session, conversation_id: str) -> None:
    if session.scalar(select(Message.id).where(*pending(conversation_id)).limit(1)) is not None:
        raise ConflictError("An answer is still being written.", "Stop it first, or wait until it is done.")


def _visible(conversation_id: str) -> tuple[ColumnElement[bool], ...]:
    return Message.conversation_id == conversation_id, Message.set_aside_at.is_(None)


def pending(conversation_id: str) -> tuple[ColumnElement[bool], ...]:
    return Message.conversation_id == conversation_id, Message.state.in_(PENDING)


def changed(session: Session, conversation_id: str) -> Conversation:
    """The conversation, noted as changed now. Raises NotFoundError."""
    conversation = _conversation(session, conversation_id)
    conversation.changed_at = from_now()
    return conversation


def _conversation(session: Session, conversation_id: str) -> Conversation:
    conversation = session.get(Conversation, conversation_id)
    if conversation is None or conversation.deleted_at:
        raise _no_conversation(conversation_id)
    return conversation


def get_message(session: Session, message_id: int) -> Message:
    message = session.get(Message, message_id)
    if message is None:
        raise NotFoundError("This message is not there any more.", "Look at the conversation anew.")
    return message


def _no_conversation(conversation_id: str) -> NotFoundError:
    return NotFoundError(
        f"There is no conversation {conversation_id[:80]!r}.", "It was deleted, or its address is mistyped."
    )
