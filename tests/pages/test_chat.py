"""What the chat page offers to ask."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.suggestions import GENERAL
from core.jobs import ArtifactKind, JobKind, TrainSpec
from tests.app.working import pretend
from tests.core.data.stored import store_dataset

PAGE = Path(__file__).resolve().parents[2] / "pages" / "chat.py"


def offered() -> list[str]:
    app = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not app.exception, app.exception
    return [option.replace("\\", "") for option in app.button_group[0].options]


def test_what_its_users_ask_is_offered_for_a_tuned_model(workspace):
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
