"""Questions are answered in the background, in turn, and the text so far is stored."""

import psutil
import pytest

from app.chat import answering
from app.chat import conversations as chats
from app.chat.answering import messages_for
from app.plumbing.studio import store
from core.errors import InputError
from core.specs.chats import AnswerState
from storage import answers, chat_messages
from storage import chats as kept
from storage.actors import OWNER
from storage.deployments import list_deployments
from storage.settings import settings
from tests.studio import running_studio
from tests.waiting import until
from tests.workers.served import NO_END

SETTINGS = {"temperature": 0.0, "top_p": 0.95, "max_tokens": 12, "seed": 42}
LONG = SETTINGS | {"temperature": 5.0, "max_tokens": 1500, "logit_bias": NO_END}


@pytest.fixture(scope="module")
def talked_in(tmp_path_factory):
    """A workspace with a supervisor that starts model servers."""
    home = tmp_path_factory.mktemp("chats") / "workspace"
    with running_studio(home):
        yield home


@pytest.fixture
def supervised(talked_in, monkeypatch):
    """Use cases called in this process work on that workspace."""
    monkeypatch.setenv("TUNEWRIGHT_HOME", str(talked_in))
    settings.cache_clear()
    store.cache_clear()
    yield
    store().close()
    settings.cache_clear()
    store.cache_clear()


@pytest.fixture
def starter(starter_gguf) -> dict[str, str]:
    """The model to ask: a GGUF loads fastest."""
    return {str(starter_gguf("q8_0")): "starter model"}


def begun(question: str, models: dict, drawn: dict) -> str:
    conversation_id = chats.new_conversation_id()
    chats.ask(OWNER, conversation_id, question, models, drawn)
    return conversation_id


def settled(conversation: str) -> list[chats.Turn]:
    until(lambda: not any(turn.is_pending for turn in chats.turns(OWNER, conversation)))
    return chats.turns(OWNER, conversation)


def test_questions_are_queued_and_report_the_loading_time(supervised, starter):
    talk = begun("  What is a harbour?\n", starter, SETTINGS)
    chats.ask(OWNER, talk, "And a ship?", starter, SETTINGS)
    first, second = settled(talk)
    assert (first.question.text, second.question.text) == ("What is a harbour?", "And a ship?")
    for turn in (first, second):
        assert turn.answers[0].state == AnswerState.DONE
        assert turn.answers[0].text
        assert turn.answers[0].settings == SETTINGS
    cold, warm = first.answers[0].facts, second.answers[0].facts
    assert cold["first_after_seconds"] > cold["loading_seconds"] > 2 * warm["loading_seconds"]
    assert 0 < cold["tokens"] <= 12
    assert chats.conversations(OWNER, "ship")[0].title == "What is a harbour?"

    chats.regenerate(OWNER, second.question, starter, SETTINGS | {"seed": 43})
    assert settled(talk)[-1].answers[0].settings["seed"] == 43
    chats.bring_back(OWNER, talk)
    assert chats.turns(OWNER, talk)[-1].answers[0].id == second.answers[0].id


def test_a_stopped_answer_keeps_its_text_and_stops_the_model_server(supervised, starter):
    talk = begun("Tell me everything.", starter, LONG)
    until(lambda: chats.turns(OWNER, talk)[0].answers[0].text)
    chats.stop(OWNER, talk)
    answer = chats.turns(OWNER, talk)[0].answers[0]
    assert answer.state == AnswerState.STOPPED and answer.text
    [server] = list_deployments(store(), OWNER)
    until(lambda: psutil.Process(server.process_id).cpu_percent(0.5) < 5)
    chats.ask(OWNER, talk, "And now?", starter, SETTINGS)
    assert settled(talk)[-1].answers[0].state == AnswerState.DONE


def test_an_answer_can_be_stopped_while_its_model_loads_and_the_next_one_starts(here, starter):
    talk = begun("What is a harbour?", starter, SETTINGS)  # nobody is there to start the model server
    chats.ask(OWNER, talk, "And a ship?", starter, SETTINGS)
    for place in (0, 1):
        until(lambda place=place: chats.turns(OWNER, talk)[place].answers[0].state == AnswerState.ANSWERING)
        answers.end_answer(store(), chats.turns(OWNER, talk)[place].answers[0].id, AnswerState.STOPPED, "", {})
    until(lambda: talk not in answering._at_work)


def test_a_question_longer_than_the_context_is_returned_with_its_length(supervised, starter):
    talk = begun("What is a harbour?", starter, SETTINGS)
    long = "harbour " * 3000
    chats.ask(OWNER, talk, long, starter, SETTINGS)
    turns = settled(talk)
    assert [turn.question.text for turn in turns] == ["What is a harbour?"]
    refused = chats.conversation(OWNER, talk)
    assert refused.draft == long.strip()
    assert "tokens" in refused.refusal and "at most" in refused.refusal


def test_compared_models_each_see_their_own_history_and_a_third_sees_the_first_ones(here):
    pair = {"/base": "base", "/tuned": "tuned"}
    talk = kept.new_id()
    kept.begin_conversation(store(), OWNER, talk, "Ships", pair, SETTINGS)
    chat_messages.add_question(store(), OWNER, talk, "one?", pair, SETTINGS)
    for said in ("by base", "by tuned"):
        answers.end_answer(store(), answers.next_waiting(store(), OWNER, talk).id, AnswerState.DONE, said, {})
    chat_messages.add_question(store(), OWNER, talk, "never answered?", {"/base": "base"}, SETTINGS)
    answers.end_answer(
        store(), answers.next_waiting(store(), OWNER, talk).id, AnswerState.FAILED, "", {}, "It fell over."
    )
    chat_messages.add_question(store(), OWNER, talk, "two?", pair | {"/third": "third"}, SETTINGS)
    for said in ("by base", "by tuned", "by base"):
        asked = messages_for(OWNER, answers.next_waiting(store(), OWNER, talk))
        assert [message["role"] for message in asked] == ["user", "assistant", "user"]
        assert [message["content"] for message in asked] == ["one?", said, "two?"]


@pytest.mark.parametrize(
    ("question", "why"), [(" \n ", "blank"), ("a" * 1_000_001, "1,000,001 characters"), ("a\0b", "NUL")]
)
def test_an_invalid_question_is_not_sent(here, question, why):
    with pytest.raises(InputError, match=why):
        chats.ask(OWNER, chats.new_conversation_id(), question, {"starter": "starter model"}, SETTINGS)
    assert chats.conversations(OWNER) == []


def test_the_length_of_a_title_is_limited(here):
    talk = begun("word " * 100, {}, {})
    assert len(chats.conversation(OWNER, talk).title) <= 60
    for title in ("  ", "a" * 201):
        with pytest.raises(InputError, match="1 to 200 characters"):
            chats.rename(OWNER, talk, title)
    chats.rename(OWNER, talk, " My\n talk ")
    assert chats.conversation(OWNER, talk).title == "My talk"
