"""Conversations with models: asking, editing, searching, deleting. Answers are written in `answering`."""

from typing import NamedTuple

from app.chat.answering import answer_pending, mark_interrupted
from app.plumbing.studio import store
from core.errors import InputError
from core.specs.chats import PENDING
from core.values import LONGEST_TEXT, UnfitError, check
from storage import answers, chat_messages, chats
from storage.actors import Actor
from storage.rows import Conversation, Message

LONGEST_TITLE = 200
_TITLE_OF_QUESTION = 60


class Turn(NamedTuple):
    """A question and its answers, one per model."""

    question: Message
    answers: list[Message]

    @property
    def is_pending(self) -> bool:
        return any(answer.state in PENDING for answer in self.answers)


def conversations(actor: Actor, search: str = "") -> list[Conversation]:
    """Up to 30 conversations with `search` in the title or a message, most recently changed first."""
    return chats.list_conversations(store(), actor, " ".join(search.split())[:LONGEST_TITLE])


def conversation(actor: Actor, conversation_id: str) -> Conversation:
    """The conversation with this id. Raises NotFoundError."""
    return chats.get_conversation(store(), actor, conversation_id)


def turns(actor: Actor, conversation_id: str) -> list[Turn]:
    """The turns, in order. Answers whose process has ended are marked as interrupted."""
    found = _turns(actor, conversation_id)
    if any(turn.is_pending for turn in found):
        mark_interrupted(actor, conversation_id)
        found = _turns(actor, conversation_id)
    return found


def last_change(actor: Actor) -> tuple:
    """A value that changes with every change to any conversation, except for the text of an answer being written."""
    return chats.last_change(store(), actor)


def new_conversation_id() -> str:
    """An id for a new conversation, to be passed to `ask`."""
    return chats.new_id()


def ask(actor: Actor, conversation_id: str, question: str, models: dict[str, str], settings: dict) -> None:
    """Ask the models (labels by reference) a question; it is queued behind those being answered.

    Starts the conversation if it does not exist. Raises InputError for an invalid question, NotFoundError for a deleted
    conversation, TooManyError for a full one.
    """
    text = _checked(question)
    chats.begin_conversation(store(), actor, conversation_id, _title(text), models, settings)
    chat_messages.add_question(store(), actor, conversation_id, text, models, settings)
    answer_pending(actor, conversation_id)


def replace_question(actor: Actor, question: Message, text: str, models: dict[str, str], settings: dict) -> None:
    """Replace a question by `text`; the old question and all that follows are set aside.

    Raises as `ask`, and ConflictError while an answer is pending.
    """
    chat_messages.replace_question(store(), actor, question.id, _checked(text), models, settings)
    answer_pending(actor, question.conversation_id)


def regenerate(actor: Actor, question: Message, models: dict[str, str], settings: dict) -> None:
    """Answer the last question again; its previous answers are set aside. Raises as `replace_question`."""
    chat_messages.replace_answers(store(), actor, question.id, models, settings)
    answer_pending(actor, question.conversation_id)


def can_bring_back(actor: Actor, conversation_id: str) -> bool:
    """Whether a replaced question or answer can be restored."""
    return chat_messages.can_bring_back(store(), actor, conversation_id)


def bring_back(actor: Actor, conversation_id: str) -> None:
    """Undo the last replacement. Raises ConflictError."""
    chat_messages.bring_back(store(), actor, conversation_id)


def stop(actor: Actor, conversation_id: str) -> None:
    """Stop the answers being written or waiting; text so far stays."""
    answers.stop_answers(store(), actor, conversation_id)


def rename(actor: Actor, conversation_id: str, title: str) -> None:
    """Rename a conversation. Raises InputError for an empty or too long title, NotFoundError."""
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE:
        raise InputError(f"A title has 1 to {LONGEST_TITLE} characters, not {len(title):,}.", "Choose another one.")
    chats.rename(store(), actor, conversation_id, title)


def delete(actor: Actor, conversation_id: str) -> None:
    """Delete a conversation; it can be restored for an hour. Raises NotFoundError."""
    chats.delete_conversation(store(), actor, conversation_id)


def last_deleted(actor: Actor) -> Conversation | None:
    """The conversation deleted last, while it can be restored."""
    return chats.last_deleted(store(), actor)


def restore(actor: Actor, conversation_id: str) -> None:
    """Restore a deleted conversation. Raises NotFoundError."""
    chats.restore(store(), actor, conversation_id)


def _turns(actor: Actor, conversation_id: str) -> list[Turn]:
    found: dict[int, Turn] = {}
    for message in chat_messages.messages(store(), actor, conversation_id):
        if message.question_id is None:
            found[message.id] = Turn(message, [])
        else:
            found[message.question_id].answers.append(message)
    return list(found.values())


def _checked(question: str) -> str:
    """The question as stored. Raises InputError if it is blank, too long, or cannot be stored."""
    text = question.strip()
    if not text:
        raise InputError("The question is blank.", "Write a question.")
    if len(text) > LONGEST_TEXT:
        raise InputError(
            f"The question has {len(text):,} characters; at most {LONGEST_TEXT:,} are allowed.", "Shorten it."
        )
    try:
        check(text)
    except UnfitError as error:
        raise InputError(f"The question cannot be asked: {error.problem}.", "Remove that.") from None
    return text


def _title(question: str) -> str:
    words = " ".join(question.split())
    return words if len(words) <= _TITLE_OF_QUESTION else f"{words[: _TITLE_OF_QUESTION - 1]}…"
