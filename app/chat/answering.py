"""Answering in the background, so that no click, reload or closed tab interrupts an answer.

Each conversation with waiting answers has a thread, which writes them in turn and stores the text as it arrives.
"""

import logging
import threading
import time
from contextlib import closing

from app.chat.streaming import ChatPiece, stream_chat
from app.plumbing.studio import store
from app.serve.model_servers import chat_server
from core.errors import InputError, TunewrightError
from core.specs.chats import AnswerState
from storage import answers, chat_messages
from storage.actors import Actor
from storage.database import NOT_NOW
from storage.rows import Message

KEEP_SECONDS = 0.3
"""How often the text so far is stored, and whether the answer is still wanted is checked."""
_log = logging.getLogger(__name__)
_at_work: set[str] = set()
"""Conversations that a thread of this process is answering."""
_working = threading.Lock()


class _UnwantedError(Exception):
    """The answer was stopped, or its conversation deleted."""


def answer_pending(actor: Actor, conversation_id: str) -> None:
    """Answer what is waiting in this conversation, in a background thread."""
    with _working:
        if conversation_id not in _at_work:
            _at_work.add(conversation_id)
            threading.Thread(target=_answer_all, args=(actor, conversation_id), daemon=True).start()


def mark_interrupted(actor: Actor, conversation_id: str) -> None:
    """Mark answers whose process has ended as interrupted."""
    with _working:
        answers.break_off_orphans(store(), actor, conversation_id, written_here=conversation_id in _at_work)


def _answer_all(actor: Actor, conversation_id: str) -> None:
    try:
        while answer := _next(actor, conversation_id):
            _answer(actor, answer)
    except NOT_NOW as error:
        _log.warning("An answer could not be stored and was interrupted: %s", error)
    finally:
        with _working:
            _at_work.discard(conversation_id)


def _next(actor: Actor, conversation_id: str) -> Message | None:
    with _working:  # a question added after this must start a new thread
        answer = answers.next_waiting(store(), actor, conversation_id)
        if answer is None:
            _at_work.discard(conversation_id)
        return answer


def _answer(actor: Actor, answer: Message) -> None:
    """Write one answer to its end, or until it is no longer wanted."""
    writing = _Writing(answer)
    try:
        chat_server(actor, answer.model, meanwhile=writing.go_on)
        writing.loaded()
        with closing(stream_chat(actor, answer.model, messages_for(actor, answer), answer.settings)) as pieces:
            for piece in pieces:
                writing.add(piece)
        writing.end(AnswerState.DONE)
    except _UnwantedError:
        return
    except InputError as error:
        if not answers.take_question_back(store(), answer.id, f"{error.message} {error.remedy}"):
            writing.end(AnswerState.FAILED, error)
    except TunewrightError as error:
        writing.end(AnswerState.FAILED, error)


class _Writing:
    """An answer being written."""

    def __init__(self, answer: Message):
        self._answer = answer
        self._text, self._facts = "", {}
        self._began = self._kept = time.monotonic()

    def loaded(self) -> None:
        """Note that the model is loaded. Raises as `go_on`."""
        self._facts["loading_seconds"] = time.monotonic() - self._began
        self._keep()

    def add(self, piece: ChatPiece) -> None:
        """Append a piece. Raises as `go_on`."""
        self._text += piece.text
        self._facts |= {"finish_reason": piece.finish_reason} if piece.finish_reason else {}
        self._facts |= {"tokens": piece.usage["completion_tokens"]} if piece.usage else {}
        self._facts |= {"tokens_per_second": piece.timing["tokens_per_second"]} if piece.timing else {}
        if self._text:
            self._facts.setdefault("first_after_seconds", time.monotonic() - self._began)
        self.go_on()

    def go_on(self) -> None:
        """Store the text so far, if that is due. Raises _UnwantedError if the answer is no longer wanted."""
        if time.monotonic() - self._kept >= KEEP_SECONDS:
            self._keep()

    def _keep(self) -> None:
        self._kept = time.monotonic()
        if not answers.keep_text(store(), self._answer.id, self._text, self._facts):
            raise _UnwantedError

    def end(self, state: AnswerState, error: TunewrightError | None = None) -> None:
        """Store the finished answer; one that was stopped meanwhile stays as it is."""
        said = (error.message, error.remedy) if error else ()
        answers.end_answer(store(), self._answer.id, state, self._text, self._facts, *said)


def messages_for(actor: Actor, answer: Message) -> list[dict]:
    """The messages up to the question, as this model saw them: its own answers, or the first one where it gave none."""
    earlier = [
        message
        for message in chat_messages.messages(store(), actor, answer.conversation_id)
        if message.place < answer.place
    ]
    asked = []
    for question in (message for message in earlier if message.question_id is None):
        given = [message for message in earlier if message.question_id == question.id and message.text]
        mine = next((message for message in given if message.model == answer.model), given[0] if given else None)
        if mine:
            asked += [_as(question, "user"), _as(mine, "assistant")]
        elif question.id == answer.question_id:
            asked.append(_as(question, "user"))
    return asked


def _as(message: Message, role: str) -> dict:
    return {"role": role, "content": message.text}
