"""What is said in a conversation: questions and answers added, replaced, and exchanged for what they replaced."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from core.errors import ConflictError, NotFoundError, TooManyError
from core.specs.chats import AnswerState
from storage.actors import Actor
from storage.chats import changed, pending
from storage.database import Store
from storage.processes import this_process
from storage.rows import Conversation, Message, from_now

MOST_MESSAGES = 1000
"""Questions and answers in one conversation, including those put aside; also the most a model is ever sent."""


def messages(store: Store, actor: Actor, conversation_id: str) -> list[Message]:
    """The messages of a conversation in order, without those put aside."""
    mine = select(Conversation.id).where(Conversation.owner_id == actor.owner_id)
    said = select(Message).where(*_visible(conversation_id), Message.conversation_id.in_(mine))
    with store.read() as session:
        return list(session.scalars(said.order_by(Message.place, Message.id)))


def add_question(
    store: Store, actor: Actor, conversation_id: str, text: str, models: dict[str, str], settings: dict
) -> None:
    """A question, and one answer per model, waiting for this process to write it.

    Raises NotFoundError, TooManyError for a conversation that is full.
    """
    store.require_room()
    with store.write() as session:
        _add_question(session, actor, conversation_id, text, models, settings)


def replace_question(
    store: Store, actor: Actor, question_id: int, text: str, models: dict[str, str], settings: dict
) -> None:
    """Ask `text` instead of an earlier question, putting that one and everything after it aside.

    Raises as `add_question`, and ConflictError while an answer is pending.
    """
    store.require_room()
    with store.write() as session:
        question = _question(session, actor, question_id)
        _refuse_pending(session, question.conversation_id)
        _put_aside(session, question.conversation_id, question.place)
        _add_question(session, actor, question.conversation_id, text, models, settings)


def replace_answers(store: Store, actor: Actor, question_id: int, models: dict[str, str], settings: dict) -> None:
    """Answer the last question again, setting its answers so far aside. Raises as `replace_question`."""
    store.require_room()
    with store.write() as session:
        question = _question(session, actor, question_id)
        _refuse_pending(session, question.conversation_id)
        _put_aside(session, question.conversation_id, question.place + 1)
        _add_answers(session, actor, question, models, settings)


def can_bring_back(store: Store, actor: Actor, conversation_id: str) -> bool:
    """Whether what was put aside last can return: nothing has been asked since."""
    mine = select(Conversation.id).where(Conversation.id == conversation_id, Conversation.owner_id == actor.owner_id)
    with store.read() as session:
        return session.scalar(mine) is not None and _aside(session, conversation_id) is not None


def bring_back(store: Store, actor: Actor, conversation_id: str) -> None:
    """Exchange what was put aside last for what replaced it, which is put aside in turn. Raises ConflictError."""
    with store.write() as session:
        changed(session, actor, conversation_id)
        _refuse_pending(session, conversation_id)
        aside = _aside(session, conversation_id)
        if aside is None:
            raise ConflictError("There is nothing left to restore here.", "Edit the question instead.")
        moment, place = aside
        of_it = (Message.conversation_id == conversation_id, Message.set_aside_at == moment)
        ids = list(session.scalars(select(Message.id).where(*of_it)))
        _put_aside(session, conversation_id, place)
        session.execute(update(Message).where(Message.id.in_(ids)).values(set_aside_at=None))


def get_message(session: Session, message_id: int) -> Message:
    """The message, whoever owns its conversation. Raises NotFoundError."""
    message = session.get(Message, message_id)
    if message is None:
        raise NotFoundError("This message no longer exists.", "Reload the conversation.")
    return message


def _question(session: Session, actor: Actor, question_id: int) -> Message:
    """The question, its conversation marked as changed. Raises NotFoundError."""
    question = get_message(session, question_id)
    changed(session, actor, question.conversation_id)
    return question


def _add_question(
    session: Session, actor: Actor, conversation_id: str, text: str, models: dict[str, str], settings: dict
) -> None:
    conversation = changed(session, actor, conversation_id)
    conversation.models, conversation.settings = models, settings
    conversation.draft = conversation.refusal = ""
    last = session.scalar(select(func.max(Message.place)).where(*_visible(conversation_id)))
    place = 0 if last is None else last // 2 * 2 + 2
    question = Message(conversation_id=conversation_id, place=place, text=text)
    session.add(question)
    session.flush()
    _add_answers(session, actor, question, models, settings)


def _add_answers(session: Session, actor: Actor, question: Message, models: dict[str, str], settings: dict) -> None:
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
    changed(session, actor, question.conversation_id)
    if session.scalar(select(func.count()).where(Message.conversation_id == question.conversation_id)) > MOST_MESSAGES:
        raise TooManyError(
            f"A conversation holds at most {MOST_MESSAGES:,} questions and answers, and this one is full.",
            "Start a new conversation.",
        )


def _put_aside(session: Session, conversation_id: str, from_place: int) -> None:
    hidden = (*_visible(conversation_id), Message.place >= from_place)
    session.execute(update(Message).where(*hidden).values(set_aside_at=from_now()))


def _aside(session: Session, conversation_id: str) -> tuple[datetime, int] | None:
    """Moment and first place of what was put aside last; None when more has been asked since."""
    of_it = Message.conversation_id == conversation_id
    moment = session.scalar(select(func.max(Message.set_aside_at)).where(of_it))
    if moment is None:
        return None
    place = session.scalar(select(func.min(Message.place)).where(of_it, Message.set_aside_at == moment))
    later = (Message.place > place, Message.question_id.is_(None), Message.created_at > moment)
    asked_since = session.scalar(select(Message.id).where(*_visible(conversation_id), *later).limit(1))
    return None if asked_since else (moment, place)


def _refuse_pending(session: Session, conversation_id: str) -> None:
    if session.scalar(select(Message.id).where(*pending(conversation_id)).limit(1)) is not None:
        raise ConflictError("An answer is still being written.", "Stop it first, or wait until it is done.")


def _visible(conversation_id: str) -> tuple[ColumnElement[bool], ...]:
    return Message.conversation_id == conversation_id, Message.set_aside_at.is_(None)
