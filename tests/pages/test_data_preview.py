"""The Data page previews examples as the model will see them, whatever their source."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.data.start_preparing import start_preparing
from app.plumbing.inspection import ask
from storage.actors import OWNER
from storage.settings import settings
from tests.app.working import work_off
from tests.framed import framed
from tests.waiting import PATIENCE_SECONDS

HOME_PAGE = Path(__file__).resolve().parents[2] / "Home.py"


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_file(str(HOME_PAGE), default_timeout=PATIENCE_SECONDS).run().switch_page("pages/data.py")


def shown(app: AppTest) -> list[dict]:
    """The examples of the preview, as pieces with the loss mask."""
    assert not app.exception, app.exception
    [preview] = [element for element in app.get("bidi_component") if element.key == "tokens"]
    return json.loads(preview.proto.json)["examples"]


def learned(examples: list[dict]) -> list[str]:
    return ["".join(piece["text"] for piece in one["pieces"] if piece["counts"]) for one in examples]


def test_samples_and_datasets_are_previewed(page):
    made = work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=30, name="exam"))
    assert len(shown(page.run())) == 3
    page.segmented_control(key="data-domain").set_value("legal").run()
    samples = learned(shown(page))
    page.segmented_control(key="data-source").set_value("dataset").run()
    rows = ask("table_page", folder=made["path"], limit=3)["rows"]
    assert learned(shown(page)) == [f"{row['output']}<|end|>" for row in rows]
    page.segmented_control(key="data-source").set_value("sample").run()
    assert learned(shown(page)) == samples


def test_an_unreachable_hub_is_reported(page):
    page.session_state["typed-data"] = {"source": "hub"}
    page.run()
    page.text_input(key="data-hub").set_value("acme/sums").run()
    assert not page.error
    next(button for button in page.button if button.label == "Show its first rows").click().run()
    assert "cannot be reached" in page.error[0].value and "HF\\_HUB\\_OFFLINE" in page.error[0].value
    assert list((settings().home / "downloads" / "hub").iterdir()) == []


def test_the_first_rows_of_a_hub_dataset_are_mapped_and_previewed_like_a_file(page, tmp_path):
    head = tmp_path / "head.jsonl"
    head.write_text('{"zz": "What is rust, said plainly?", "yy": "Iron that met water."}\n' * 2)
    page.session_state["typed-data"] = {"source": "hub", "hub": "acme/sums"}
    page.session_state["data-hub-seen"] = {"name": "acme/sums", "path": str(head)}
    page.run()
    assert learned(shown(page))[0] == "Iron that met water.<|end|>"
    assert any("was taken as Question" in caption.value for caption in page.caption)
    next(button for button in page.button if button.label == "Make the dataset").click().run()
    assert not page.error


def test_unused_columns_are_listed_and_ratings_ask_for_the_lowest_good_one(page, tmp_path):
    head = tmp_path / "rated.jsonl"
    rows = [
        {"id": n, "prompt": f"What is rust {n}?", "completion": f"Iron {n}.", "rating": n % 5 + 1} for n in range(9)
    ]
    head.write_text("\n".join(map(json.dumps, rows)))
    page.session_state["typed-data"] = {"source": "hub", "hub": "acme/rated"}
    page.session_state["data-hub-seen"] = {"name": "acme/rated", "path": str(head)}
    page.run()
    assert any("Not used: 'id', 'rating'" in info.value for info in page.info)
    page.segmented_control(key=f"data-shape-{head}").set_value("feedback").run()
    assert "holds ratings from" in page.warning[0].value
    page.number_input(key=f"data-good-from-{head}").set_value(4.0).run()
    assert not page.warning
    assert page.selectbox(key=f"data-role-{head}-feedback-label").value == "rating"


def test_notes_on_reading_a_file_are_shown_in_the_preview(page, tmp_path):
    chat = tmp_path / "chat.txt"
    said = [("Ann", "Is the ferry running?"), ("Desk", "It is running.")]
    lines = [f"{day:02d}/05/2024, 09:1{m} - {who}: {text}" for day in range(1, 6) for m, (who, text) in enumerate(said)]
    chat.write_text("\n".join(lines))
    page.session_state["typed-data"] = {"source": "hub", "hub": "acme/chat"}
    page.session_state["data-hub-seen"] = {"name": "acme/chat", "path": str(chat)}
    page.run()
    assert any("'Desk' is taken as the assistant" in info.value for info in page.info)
    assert "It is running." in learned(shown(page))[0]
    page.selectbox(key=f"data-role-{chat}-chat-messages").set_value("answered by Ann").run()
    assert not page.exception


def test_training_on_a_dataset_that_is_not_ready_is_a_quiet_step(workspace, tmp_path):
    few = tmp_path / "few.csv"
    few.write_text("question,answer\n" + "".join(f"What is {n} and {n}?,It is {2 * n}.\n" for n in range(9)))
    made = work_off(start_preparing(OWNER, input_file=str(few), name="few", min_words=0))
    app = framed("data", dataset=made["id"])
    steps = [(one.label, one.proto.type) for one in app.button if (one.key or "").startswith("next-")]
    assert steps == [("Train on it", "secondary")]
