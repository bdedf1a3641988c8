"""Conversations keep what was said: replaced, put aside, deleted, and what was being written when its process died."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from core.errors import ConflictError, NotFoundError, TooManyError
from core.specs.chats import AnswerState
from storage import answers, chat_messages, chats
from storage.actors import OWNER
from storage.rows import Conversation, Message, from_now

MODELS = {"starter": "starter model"}
PAIR = MODELS | {"/gguf": "tuned"}


@pytest.fixture
def conversation(store):
    return begun(store, "Asthma")


@pytest.fixture
def ask(store, conversation):
    """`ask(question, answer)`: a turn, answered unless the answer is None; returns its messages."""

    def add(question: str, answer: str | None = "yes", models=MODELS) -> list[Message]:
        chat_messages.add_question(store, OWNER, conversation, question, models, {"seed": 1})
        finish(store, conversation, answer)
        return chat_messages.messages(store, OWNER, conversation)[-1 - len(models) :]

    return add


def begun(store, title: str) -> str:
    conversation_id = chats.new_id()
    chats.begin_conversation(store, OWNER, conversation_id, title, MODELS, {"seed": 1})
    return conversation_id


def finish(store, conversation: str, answer: str | None) -> None:
    while answer is not None and (waiting := answers.next_waiting(store, OWNER, conversation)):
        assert answers.end_answer(store, waiting.id, AnswerState.DONE, answer, {})


def texts(store, conversation: str) -> list[str]:
    return [message.text for message in chat_messages.messages(store, OWNER, conversation)]


def test_what_was_asked_is_there_before_it_is_answered_and_each_waits_its_turn(store, conversation, ask):
    ask("first?", None, PAIR)
    ask("second?", None, PAIR)
    assert texts(store, conversation) == ["first?", "", "", "second?", "", ""]
    in_turn = [answers.next_waiting(store, OWNER, conversation) for _ in range(4)]
    assert [answer.model for answer in in_turn] == [*PAIR, *PAIR]
    assert [answer.id for answer in in_turn] == sorted(answer.id for answer in in_turn)
    assert answers.next_waiting(store, OWNER, conversation) is None


def test_what_is_stopped_keeps_what_had_come_and_takes_no_more(store, conversation, ask):
    ask("long?", None)
    answer = answers.next_waiting(store, OWNER, conversation)
    assert answers.keep_text(store, answer.id, "so far", {})
    answers.stop_answers(store, OWNER, conversation)
    assert not answers.keep_text(store, answer.id, "so far and on", {})
    assert not answers.end_answer(store, answer.id, AnswerState.DONE, "all", {})
    kept = chat_messages.messages(store, OWNER, conversation)[1]
    assert (kept.text, kept.state) == ("so far", AnswerState.STOPPED)


def test_an_answer_whose_process_died_is_broken_off_and_one_that_is_written_is_not(store, conversation, ask):
    ask("long?", None)
    answer = answers.next_waiting(store, OWNER, conversation)
    answers.keep_text(store, answer.id, "so far", {})
    answers.break_off_orphans(store, OWNER, conversation, written_here=True)
    assert chat_messages.messages(store, OWNER, conversation)[1].state == AnswerState.ANSWERING
    with store.write() as session:
        session.execute(update(Message).values(process_started=1))  # another process had this number
    answers.break_off_orphans(store, OWNER, conversation, written_here=True)
    kept = chat_messages.messages(store, OWNER, conversation)[1]
    assert (kept.text, kept.state) == ("so far", AnswerState.BROKEN_OFF)


def test_an_answer_that_nobody_here_writes_is_broken_off(store, conversation, ask):
    ask("lost?", None)
    answers.break_off_orphans(store, OWNER, conversation, written_here=False)
    assert chat_messages.messages(store, OWNER, conversation)[1].state == AnswerState.BROKEN_OFF


def test_an_answer_of_a_process_elsewhere_is_broken_off_once_it_is_silent(store, conversation, ask):
    ask("elsewhere?", None)
    with store.write() as session:
        boot_id = session.get(Message, 2).boot_id.partition(".")[0]
        session.execute(update(Message).values(boot_id=f"{boot_id}.0"))
    for written_at, state in ((from_now(-60), AnswerState.WAITING), (from_now(-3600), AnswerState.BROKEN_OFF)):
        with store.write() as session:
            session.execute(update(Message).values(written_at=written_at))
        answers.break_off_orphans(store, OWNER, conversation, written_here=False)
        assert chat_messages.messages(store, OWNER, conversation)[1].state == state


def test_an_edited_question_takes_the_place_of_what_followed_and_can_be_exchanged_again(store, conversation, ask):
    ask("first?", "one")
    question, _ = ask("second?", "two")
    ask("third?", "three")
    chat_messages.replace_question(store, OWNER, question.id, "second, better?", MODELS, {})
    finish(store, conversation, "two, better")
    edited = ["first?", "one", "second, better?", "two, better"]
    assert texts(store, conversation) == edited
    chat_messages.bring_back(store, OWNER, conversation)
    assert texts(store, conversation) == ["first?", "one", "second?", "two", "third?", "three"]
    chat_messages.bring_back(store, OWNER, conversation)
    assert texts(store, conversation) == edited
    ask("fourth?")
    assert texts(store, conversation)[-2:] == ["fourth?", "yes"]
    assert not chat_messages.can_bring_back(store, OWNER, conversation)
    with pytest.raises(ConflictError):
        chat_messages.bring_back(store, OWNER, conversation)


def test_a_new_answer_takes_the_place_of_the_last_and_can_be_exchanged_again(store, conversation, ask):
    ask("first?", "one")
    question, *_ = ask("second?", "two", PAIR)
    chat_messages.replace_answers(store, OWNER, question.id, PAIR, {"seed": 2})
    finish(store, conversation, "two again")
    for answer in ("two again", "two", "two again"):
        assert texts(store, conversation) == ["first?", "one", "second?", answer, answer]
        chat_messages.bring_back(store, OWNER, conversation)


def test_nothing_is_replaced_while_an_answer_is_written(store, conversation, ask):
    question, _ = ask("first?", None)
    for replace in (
        lambda: chat_messages.replace_answers(store, OWNER, question.id, MODELS, {}),
        lambda: chat_messages.replace_question(store, OWNER, question.id, "else?", MODELS, {}),
    ):
        with pytest.raises(ConflictError, match="still being written"):
            replace()
    assert texts(store, conversation) == ["first?", ""]


def test_a_question_that_no_model_can_take_becomes_the_draft(store, conversation, ask):
    ask("too long?", None, PAIR)
    assert answers.take_question_back(
        store, answers.next_waiting(store, OWNER, conversation).id, "It has 9,000 tokens."
    )
    assert texts(store, conversation) == []
    kept = chats.get_conversation(store, OWNER, conversation)
    assert (kept.draft, kept.refusal) == ("too long?", "It has 9,000 tokens.")
    ask("short?")
    assert chats.get_conversation(store, OWNER, conversation).draft == ""


def test_a_question_that_one_of_two_has_answered_stays(store, conversation, ask):
    ask("long?", None, PAIR)
    answers.end_answer(store, answers.next_waiting(store, OWNER, conversation).id, AnswerState.DONE, "yes", {})
    assert not answers.take_question_back(store, answers.next_waiting(store, OWNER, conversation).id, "Too long.")
    assert texts(store, conversation) == ["long?", "yes", ""]


def test_a_full_conversation_takes_no_more_and_says_so(store, conversation, ask, monkeypatch):
    monkeypatch.setattr(chat_messages, "MOST_MESSAGES", 3)
    ask("first?")
    with pytest.raises(TooManyError, match="at most 3 questions and answers"):
        ask("second?")
    assert texts(store, conversation) == ["first?", "yes"]


def test_conversations_are_found_by_their_titles_and_by_what_was_said_in_them(store, conversation, ask):
    ask("What helps?", "An inhaler, 100% of the time")
    other = begun(store, "Taxes_2026")
    found = {
        word: {one.id for one in chats.list_conversations(store, OWNER, word)}
        for word in ("", "ASTHMA", "inhaler", "100%", "taxes_", "1%0", "ta_es")
    }
    assert found == {
        "": {conversation, other},
        "ASTHMA": {conversation},
        "inhaler": {conversation},
        "100%": {conversation},
        "taxes_": {other},
        "1%0": set(),
        "ta_es": set(),
    }


def test_a_deleted_conversation_can_be_brought_back_and_is_gone_for_good_later(store, conversation, ask):
    ask("first?")
    before = chats.last_change(store, OWNER)
    chats.rename(store, OWNER, conversation, "Breath")
    chats.delete_conversation(store, OWNER, conversation)
    assert chats.last_change(store, OWNER) != before
    assert chats.list_conversations(store, OWNER) == []
    with pytest.raises(NotFoundError):
        chats.get_conversation(store, OWNER, conversation)
    assert chats.last_deleted(store, OWNER).id == conversation
    chats.restore(store, OWNER, conversation)
    assert chats.get_conversation(store, OWNER, conversation).title == "Breath"
    assert texts(store, conversation) == ["first?", "yes"]

    chats.delete_conversation(store, OWNER, conversation)
    with store.write() as session:
        gone = session.get(Conversation, conversation)
        gone.deleted_at -= timedelta(seconds=chats.UNDO_SECONDS + 1)
    assert chats.last_deleted(store, OWNER) is None
    other = begun(store, "Other")
    chats.delete_conversation(store, OWNER, other)
    assert texts(store, conversation) == []
    with pytest.raises(NotFoundError):
        chats.restore(store, OWNER, conversation)


def test_deleting_ends_what_is_being_answered(store, conversation, ask):
    ask("long?", None)
    answer = answers.next_waiting(store, OWNER, conversation)
    chats.delete_conversation(store, OWNER, conversation)
    assert not answers.keep_text(store, answer.id, "on", {})
