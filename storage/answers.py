"""Answers of conversations while they are written: taken in turn, kept as they come, ended once."""

import os

from sqlalchemy import delete, select, update

from core.specs.chats import AnswerState
from storage.chats import changed, get_message, pending, stop
from storage.database import Store
from storage.processes import Fate, fate_of, this_process
from storage.rows import Message, from_now

_SILENT_SECONDS = 900
"""An answer of a process that cannot be looked up has broken off when nothing was written for so long."""


def next_waiting(store: Store, conversation_id: str) -> Message | None:
    """The answer that this process is to write next, now being answered; None when none waits for it."""
    here = this_process()
    first = select(Message.id).where(
        Message.conversation_id == conversation_id,
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
    """Keep what has come of an answer; False when it is not to go on, and nothing was kept."""
    return _write(store, answer_id, text=text, facts=facts)


def end_answer(
    store: Store, answer_id: int, state: AnswerState, text: str, facts: dict, message: str = "", remedy: str = ""
) -> bool:
    """Keep an answer as it ended; False when it had been ended otherwise before, and nothing was kept."""
    error = {"error_message": message or None, "error_remedy": remedy or None}
    return _write(store, answer_id, text=text, facts=facts, state=state, **error)


def take_question_back(store: Store, answer_id: int, reason: str) -> bool:
    """The model cannot take the question: it becomes the draft of its conversation, with the reason.

    False where another model has answered it: it stays then. What is not to be answered any more stays too.
    """
    with store.write() as session:
        answer = session.get(Message, answer_id)
        if answer is None or answer.state != AnswerState.ANSWERING:
            return True
        of_question = Message.question_id == answer.question_id
        if session.scalar(select(Message.id).where(of_question, Message.id < answer.id).limit(1)) is not None:
            return False
        question, conversation = get_message(session, answer.question_id), changed(session, answer.conversation_id)
        conversation.draft, conversation.refusal = question.text, reason
        session.execute(delete(Message).where(of_question))
        session.delete(question)
    return True


def stop_answers(store: Store, conversation_id: str) -> None:
    """End every answer of the conversation that is pending, with what has come."""
    with store.write() as session:
        stop(session, conversation_id)
        changed(session, conversation_id)


def break_off_orphans(store: Store, conversation_id: str, written_here: bool) -> None:
    """Mark the pending answers that nobody writes any more: their process has ended, or is this one and not
    `written_here`."""
    silent = select(Message.id).where(*pending(conversation_id), Message.written_at < from_now(-_SILENT_SECONDS))
    with store.read() as session:
        long_silent = set(session.scalars(silent))
        waited_for = session.scalars(select(Message).where(*pending(conversation_id))).all()
    orphans = [answer.id for answer in waited_for if _is_orphan(answer, written_here, answer.id in long_silent)]
    if orphans:
        with store.write() as session:
            broken_off = update(Message).where(*pending(conversation_id), Message.id.in_(orphans))
            session.execute(broken_off.values(state=AnswerState.BROKEN_OFF))
            changed(session, conversation_id)


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
            changed(session, answer.conversation_id)
    return True
