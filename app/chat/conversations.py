"""Conversations with models: begun, asked in, edited, found again and deleted. Answers are written in `answering`."""

from typing import NamedTuple

from app.chat.answering import answer_waiting, break_off_orphans
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
    """A question and its answers, one for each model that was asked."""

    question: Message
    answers: list[Message]

    @property
    def is_pending(self) -> bool:
        return any(answer.state in PENDING for answer in self.answers)


def conversations(actor: Actor, search: str = "") -> list[Conversation]:
    """Those with `search` in the title or in what was said, the one that changed last first; at most 30."""
    return chats.list_conversations(store(), actor, " ".join(search.split())[:LONGEST_TITLE])


def conversation(actor: Actor, conversation_id: str) -> Conversation:
    """The conversation of this id. Raises NotFoundError."""
    return chats.get_conversation(store(), actor, conversation_id)


def turns(actor: Actor, conversation_id: str) -> list[Turn]:
    """What is said in it, in order. Answers that nobody writes any more are marked as broken off."""
    found = _turns(actor, conversation_id)
    if any(turn.is_pending for turn in found):
        break_off_orphans(actor, conversation_id)
        found = _turns(actor, conversation_id)
    return found


def last_change(actor: Actor) -> tuple:
    """Something else whenever a conversation anywhere has changed, but for the text of an answer that grows."""
    return chats.last_change(store(), actor)


def new_conversation_id() -> str:
    """An id to `ask` with for a conversation that is not begun yet."""
    return chats.new_id()


def ask(actor: Actor, conversation_id: str, question: str, models: dict[str, str], settings: dict) -> None:
    """Ask the models (label by reference) a question, behind those that are being answered.

    A conversation is begun where there is none by this id. Raises InputError for a question that nobody can be asked,
    NotFoundError for a deleted conversation, TooManyError for a full one.
    """
    text = _checked(question)
    chats.begin_conversation(store(), actor, conversation_id, _title(text), models, settings)
    chat_messages.add_question(store(), actor, conversation_id, text, models, settings)
    answer_waiting(actor, conversation_id)


def ask_instead(actor: Actor, question: Message, text: str, models: dict[str, str], settings: dict) -> None:
    """Ask `text` in the place of a question; that one and what follows it are put aside.

    Raises as `ask`, and ConflictError while an answer is pending.
    """
    chat_messages.replace_question(store(), actor, question.id, _checked(text), models, settings)
    answer_waiting(actor, question.conversation_id)


def answer_again(actor: Actor, question: Message, models: dict[str, str], settings: dict) -> None:
    """Have the last question answered once more; its answers so far are put aside. Raises as `ask_instead`."""
    chat_messages.replace_answers(store(), actor, question.id, models, settings)
    answer_waiting(actor, question.conversation_id)


def can_bring_back(actor: Actor, conversation_id: str) -> bool:
    """Whether a question or an answer that was replaced can be brought back."""
    return chat_messages.can_bring_back(store(), actor, conversation_id)


def bring_back(actor: Actor, conversation_id: str) -> None:
    """Exchange what was put aside last for what took its place. Raises ConflictError."""
    chat_messages.bring_back(store(), actor, conversation_id)


def stop(actor: Actor, conversation_id: str) -> None:
    """End the answers that are written or wait; what has come stays."""
    answers.stop_answers(store(), actor, conversation_id)


def rename(actor: Actor, conversation_id: str, title: str) -> None:
    """Raises InputError for a title that is empty or too long, NotFoundError."""
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE:
        raise InputError(f"A title has 1 to {LONGEST_TITLE} characters, not {len(title):,}.", "Give another one.")
    chats.rename(store(), actor, conversation_id, title)


def delete(actor: Actor, conversation_id: str) -> None:
    """Take it off the list; it can be brought back for an hour. Raises NotFoundError."""
    chats.delete_conversation(store(), actor, conversation_id)


def last_deleted(actor: Actor) -> Conversation | None:
    """The conversation deleted last, while it can be brought back."""
    return chats.last_deleted(store(), actor)


def restore(actor: Actor, conversation_id: str) -> None:
    """Bring a deleted conversation back. Raises NotFoundError."""
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
    """The question as it is kept. Raises InputError for a blank one, and for one that is too long."""
    text = question.strip()
    if not text:
        raise InputError("The question is blank.", "Write what you want to ask.")
    if len(text) > LONGEST_TEXT:
        raise InputError(
            f"The question has {len(text):,} characters; at most {LONGEST_TEXT:,} are taken.", "Shorten it."
        )
    try:
        check(text)
    except UnfitError as error:
        raise InputError(f"The question cannot be asked: {error.problem}.", "Take that out.") from None
    return text


def _title(question: str) -> str:
    words = " ".join(question.split())
    return words if len(words) <= _TITLE_OF_QUESTION else f"{words[: _TITLE_OF_QUESTION - 1]}…"
