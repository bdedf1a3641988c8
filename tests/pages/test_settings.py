"""Settings: preferences hold, disk usage is shown, and secrets stay secret."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.disk.trash import delete, deleted
from app.models.catalogue import default_model
from app.plumbing.studio import home
from storage.actors import OWNER
from storage.settings import settings
from tests.app.disk.test_trash import kept
from tests.waiting import PATIENCE_SECONDS

PAGE = Path(__file__).resolve().parents[2] / "pages" / "settings.py"
TOKEN = "hf_abcdefghijklmnop"


def drawn() -> AppTest:
    app = AppTest.from_file(str(PAGE), default_timeout=PATIENCE_SECONDS).run()
    assert not app.exception, app.exception
    return app


def press(app: AppTest, words: str) -> AppTest:
    next(button for button in app.button if button.label.startswith(words)).click().run()
    assert not app.exception, app.exception
    return app


def test_the_default_base_model_applies_to_every_form(monkeypatch):
    assert not drawn().selectbox and any("set by TUNEWRIGHT_DEFAULT_MODEL" in one.value for one in drawn().text)
    monkeypatch.delenv("TUNEWRIGHT_DEFAULT_MODEL")
    settings.cache_clear()
    app = drawn()
    other = next(one for one in app.selectbox(key="settings-default-model").options if "Qwen" in one)
    app.selectbox(key="settings-default-model").select(other).run()
    assert default_model(OWNER).startswith("qwen")
    assert drawn().selectbox(key="settings-default-model").value == default_model(OWNER)


def test_a_token_is_saved_and_never_shown_again(monkeypatch):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    app = drawn()
    app.text_input(key="settings-hub-token").set_value("nonsense token").run()
    assert "not a Hugging Face token" in press(app, "Save the token").error[0].value
    app.text_input(key="settings-hub-token").set_value(TOKEN).run()
    press(app, "Save the token")
    assert (home() / "secrets" / "hub_token").read_text() == TOKEN
    assert app.session_state["settings-hub-token"] == "" and not app.text_input
    assert TOKEN not in str(app)
    press(app, "Delete the token")
    assert not (home() / "secrets" / "hub_token").exists()
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_environment")
    assert any("set by HF_TOKEN" in one.value for one in drawn().text)


def test_deleted_things_are_restored_or_their_space_freed():
    things = kept(home())
    delete(OWNER, "run", things["run"])
    delete(OWNER, "evaluation", things["evaluation"])
    app = drawn()
    sizes = dict(zip(app.dataframe[0].value["What"], app.dataframe[0].value["Size"], strict=True))
    assert sizes["Trash"] == "5 KB" and sizes["Exports"] == "600 B"
    press(app, "Restore")
    assert len(deleted(OWNER)) == 1
    app.button(key="clean-trash").click().run()
    assert len(app.dataframe[-1].value) == 1
    press(app, "Yes, remove")
    assert deleted(OWNER) == []


def test_clean_up_lists_things_with_their_size_and_they_can_be_restored():
    kept(home())
    app = drawn()
    app.button(key="clean-checkpoints").click().run()
    assert app.dataframe[-1].value.to_dict("records") == [{"What": "care", "Frees": "5 KB"}]
    press(app, "Yes, remove 5 KB")
    assert not (home() / "runs/care/checkpoint-5").exists() and (home() / "runs/care/final").exists()
    assert not any(button.key == "clean-checkpoints" for button in app.button)
    press(app, "Restore")
    assert (home() / "runs/care/checkpoint-5/weights").exists()


def test_the_worker_is_described():
    shown = " ".join(one.value for one in (*drawn().text, *drawn().caption))
    assert "processor core" in shown and "{" not in shown
