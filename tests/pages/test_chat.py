"""The chat page: suggestions, and conversations searched, shown, renamed, deleted, restored."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.chat.conversations import delete
from app.chat.suggestions import GENERAL
from app.plumbing.studio import store
from core.specs import ArtifactKind, JobKind, TrainSpec
from core.specs.chats import AnswerState
from storage import answers, chat_messages, chats
from storage.actors import OWNER
from tests.app.working import pretend
from tests.core.data.stored import store_dataset
from tests.waiting import PATIENCE_SECONDS

PAGE = Path(__file__).resolve().parents[2] / "pages" / "chat.py"


def offered() -> list[str]:
    app = AppTest.from_file(str(PAGE), default_timeout=PATIENCE_SECONDS).run()
    assert not app.exception, app.exception
    return [option.replace("\\", "") for option in app.button_group[0].options]


ASKED = {"temperature": 0.7, "top_p": 0.9, "max_tokens": 40, "seed": 7, "system": "Be brief.", "stop": ["END"]}
FACTS = {"tokens": 9, "tokens_per_second": 31.25, "first_after_seconds": 6.1, "loading_seconds": 4.9}
STARTER = {"starter": "starter model"}
PAIR = {"/gone.gguf": "*gone*", "starter": "starter model"}


def begun(title: str, models: dict) -> str:
    conversation_id = chats.new_id()
    chats.begin_conversation(store(), OWNER, conversation_id, title, models, ASKED)
    return conversation_id


def talk(title: str, question: str, answer: str, models=STARTER) -> str:
    """A conversation of one turn, answered by each model; returns its id."""
    kept = begun(title, models)
    chat_messages.add_question(store(), OWNER, kept, question, models, ASKED)
    while waiting := answers.next_waiting(store(), OWNER, kept):
        answers.end_answer(store(), waiting.id, AnswerState.DONE, answer, FACTS)
    return kept


def shown(conversation: str | None) -> AppTest:
    app = AppTest.from_file(str(PAGE), default_timeout=PATIENCE_SECONDS)
    if conversation:
        app.query_params["conversation"] = conversation
    app.run()
    assert not app.exception, app.exception
    return app


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label.replace("\\", "") == label).click().run()
    assert not app.exception, app.exception


def listed(app: AppTest) -> list[str]:
    return [button.label for button in app.sidebar.button if button.key.startswith("open-")]


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption).replace("\\", "")


def test_a_conversation_is_shown_with_the_settings_of_each_answer():
    app = shown(talk("Ships", "Is it old?", "It **is**.", PAIR))
    assert [text.value for text in app.text] == ["Is it old?"]
    html = " ".join(element.proto.body for element in app.get("html"))
    assert html.count("<p>It <strong>is</strong>.</p>") == 2
    said = captions(app)
    assert "9 tokens · 31 tokens/s · first token after 6.1 s (4.9 s of it loading)" in said
    assert "seed 7 · temperature 0.7 · top-p 0.9 · at most 40 tokens · with a system prompt · stops at “END”" in said
    assert "*gone*" in said
    values = {box.label: box.value for box in [*app.number_input, *app.text_area, *app.text_input]}
    drawn_with = ("Temperature", "Top-p", "Maximum answer length, tokens", "Seed", "System prompt", "Stop at")
    assert [values[label] for label in drawn_with] == [0.7, 0.9, 40, 7, "Be brief.", "END"]
    assert app.toggle[0].value
    assert [box.value for box in app.selectbox] == [None, "starter"]
    assert "no longer exists" in app.warning[0].value
    assert app.chat_input[0].disabled and not [one for one in app.button if one.label in ("Edit", "Answer again")]
    app.toggle[0].set_value(False).run()
    app.selectbox[0].set_value("starter").run()
    assert not app.chat_input[0].disabled and [one for one in app.button if one.label == "Answer again"]
    assert not app.button_group  # suggestions are for an empty conversation


def test_conversations_are_searched_opened_renamed_deleted_and_restored():
    ships, bread = talk("Ships", "Is it old?", "Yes."), talk("Bread", "Is it *fresh*?", "No.")
    app = shown(None)
    assert listed(app) == ["Bread", "Ships"]
    app.text_input(key="chat-search").set_value("fresh").run()
    assert listed(app) == ["Bread"]
    press(app, "Bread")
    assert app.query_params["conversation"] in (bread, [bread])
    assert [text.value for text in app.text] == ["Is it *fresh*?"]
    app.text_input(key=f"title-{bread}").set_value("Rye")
    menu = app.get("popover")[0].proto.id
    press(app, "Save")
    assert listed(app) == ["Rye"]
    assert app.get("popover")[0].proto.id != menu  # another one, and so closed
    app.text_input(key="chat-search").set_value("").run()
    assert listed(app) == ["Rye", "Ships"]
    press(app, "Delete")
    assert listed(app) == ["Ships"] and "conversation" not in app.query_params
    press(app, "Restore")
    assert listed(app) == ["Rye", "Ships"]
    assert [text.value for text in app.text] == ["Is it *fresh*?"]
    press(app, "Ships")
    assert [text.value for text in app.text] == ["Is it old?"]
    press(app, "New conversation")
    assert not app.text and ships


def test_a_missing_conversation_is_reported_and_the_others_are_offered():
    talk("Ships", "Is it old?", "Yes.")
    app = shown("conversation-nobody")
    assert "There is no conversation" in app.warning[0].value
    press(app, "Ships")
    assert [text.value for text in app.text] == ["Is it old?"]


def test_a_conversation_deleted_in_another_tab_can_be_restored():
    ships = talk("Ships", "Is it old?", "Yes.")
    delete(OWNER, ships)
    app = shown(ships)
    assert "There is no conversation" in app.warning[0].value
    press(app, "Restore")
    assert [text.value for text in app.text] == ["Is it old?"]


def test_an_interrupted_answer_a_rejection_and_a_failure_are_shown():
    kept = begun("Ships", STARTER)
    for question in ("one?", "two?", "three?"):
        chat_messages.add_question(store(), OWNER, kept, question, STARTER, ASKED)
    first, second, third = (answers.next_waiting(store(), OWNER, kept).id for _ in range(3))
    answers.keep_text(store(), first, "so far", {})
    answers.end_answer(store(), second, AnswerState.FAILED, "", {}, "It *fell* over.", "Ask again.")
    answers.take_question_back(store(), third, "It has 9,000 tokens.")
    app = shown(kept)
    assert [text.value for text in app.text] == ["one?", "two?"]
    assert "Interrupted" in app.warning[0].value
    errors = [error.value.replace("\\", "") for error in app.error]
    assert errors == ["It *fell* over.\n\nAsk again.", "It has 9,000 tokens."]
    assert app.chat_input[0].proto.value == "three?"


def test_a_blank_question_is_not_sent():
    app = shown(None)
    app.chat_input[0].set_value(" \n ").run()
    assert not app.exception and not app.error
    assert listed(app) == []


def test_a_conversation_with_unreadable_rows_is_still_drawn():
    kept = talk("Ships", "Is it old?", "Yes.")
    with store().write() as session:
        session.connection().exec_driver_sql("UPDATE conversations SET settings = '{', models = '[1]'")
        session.connection().exec_driver_sql("UPDATE messages SET settings = '{', facts = '[', state = 'dreaming'")
    assert [text.value for text in shown(kept).text] == ["Is it old?"]


def test_a_tuned_model_suggests_questions_of_its_dataset(workspace):
    assert offered() == list(GENERAL)
    question = "Is *this* ship <b>old</b>?"
    rows = {
        "train": [{"instruction": "Who?", "output": "A sailor."}],
        "test": [{"instruction": question, "output": "-"}],
    }
    dataset = store_dataset(workspace / "datasets" / "ships_dataset", rows)
    run = workspace / "runs" / "ships"
    train = TrainSpec(name="ships", output_dir=str(run), dataset=str(dataset))
    pretend(JobKind.TRAIN, train, ArtifactKind.ADAPTER, run / "final")
    assert offered() == [question]
