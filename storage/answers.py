"""Answers while they are written: taken in order, saved as they grow, ended once."""

import os

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.specs.chats import AnswerState
from storage.actors import Actor
from storage.chat_messages import get_message
from storage.chats import changed, pending, stop
from storage.database import Store
from storage.processes import Fate, fate_of, this_process
from storage.rows import Conversation, Message, from_now

_SILENT_SECONDS = 900
"""An answer whose process cannot be looked up counts as interrupted after this long without a write."""


def next_waiting(store: Store, actor: Actor, conversation_id: str) -> Message | None:
    """The next answer that waits for this process, now marked as being written; None when there is none."""
    here = this_process()
    mine = select(Conversation.id).where(Conversation.id == conversation_id, Conversation.owner_id == actor.owner_id)
    first = select(Message.id).where(
        Message.conversation_id.in_(mine),
        Message.state == AnswerState.WAITING,
        Message.process_id == here.process_id,
        Message.process_started == here.process_started,
        Message.boot_id == here.boot_id,
    )
    with store.write() as session:
        answer_id = session.scalar(first.order_by(Message.id).limit(1))
        if answer_id is None:
            return None
        answer = get_message(session, answer_id)
        answer.state, answer.written_at = AnswerState.ANSWERING, from_now()
    return answer


def keep_text(store: Store, answer_id: int, text: str, facts: dict) -> bool:
    """Save an answer so far. False, saving nothing, when it is no longer wanted."""
    return _write(store, answer_id, text=text, facts=facts)


def end_answer(
    store: Store, answer_id: int, state: AnswerState, text: str, facts: dict, message: str = "", remedy: str = ""
) -> bool:
    """Save an answer in its final state. False, saving nothing, when it has ended in another way before."""
    error = {"error_message": message or None, "error_remedy": remedy or None}
    return _write(store, answer_id, text=text, facts=facts, state=state, **error)


def take_question_back(store: Store, answer_id: int, reason: str) -> bool:
    """The model cannot take the question: make it the draft of its conversation again, with the reason.

    False when another model has answered it: then it stays. It also stays when no answer is wanted.
    """
    with store.write() as session:
        answer = session.get(Message, answer_id)
        if answer is None or answer.state != AnswerState.ANSWERING:
            return True
        of_question = Message.question_id == answer.question_id
        if session.scalar(select(Message.id).where(of_question, Message.id < answer.id).limit(1)) is not None:
            return False
        question, conversation = get_message(session, answer.question_id), _changed(session, answer)
        conversation.draft, conversation.refusal = question.text, reason
        session.execute(delete(Message).where(of_question))
        session.delete(question)
    return True


def stop_answers(store: Store, actor: Actor, conversation_id: str) -> None:
    """End every pending answer of the conversation, keeping its text so far. Raises NotFoundError."""
    with store.write() as session:
        changed(session, actor, conversation_id)
        stop(session, conversation_id)


def break_off_orphans(store: Store, actor: Actor, conversation_id: str, written_here: bool) -> None:
    """Mark pending answers that nobody is writing: their process has ended, or is this one and not
    `written_here`."""
    silent = select(Message.id).where(*pending(conversation_id), Message.written_at < from_now(-_SILENT_SECONDS))
    with store.read() as session:
        long_silent = set(session.scalars(silent))
        waited_for = session.scalars(select(Message).where(*pending(conversation_id))).all()
    orphans = [answer.id for answer in waited_for if _is_orphan(answer, written_here, answer.id in long_silent)]
    if orphans:
        with store.write() as session:
            changed(session, actor, conversation_id)
            broken_off = update(Message).where(*pending(conversation_id), Message.id.in_(orphans))
            session.execute(broken_off.values(state=AnswerState.BROKEN_OFF))


def _is_orphan(answer: Message, written_here: bool, long_silent: bool) -> bool:
    fate = fate_of(answer)
    if fate == Fate.ALIVE:
        return answer.process_id == os.getpid() and not written_here
    return fate != Fate.UNKNOWN or long_silent


def _write(store: Store, answer_id: int, **values: object) -> bool:
    with store.write() as session:
        answer = session.get(Message, answer_id)
        if answer is None or answer.state != AnswerState.ANSWERING:
            return False
        for name, value in values.items():
            setattr(answer, name, value)
        answer.written_at = from_now()
        if "state" in values:
            _changed(session, answer)
    return True


def _changed(session: Session, answer: Message) -> Conversation:
    """The conversation of an answer that is being written, marked as changed now."""
    conversation = session.get_one(Conversation, answer.conversation_id)
    conversation.changed_at = from_now()
    return conversation
