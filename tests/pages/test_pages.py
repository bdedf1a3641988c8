"""Every page draws on an empty workspace and says what to do next; none of ours needs a browser for that."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.jobs import jobs, start_preparing
from tests.app.working import work_off

PAGES = Path(__file__).resolve().parents[2] / "pages"


def drawn(page: str) -> AppTest:
    """The page as it is drawn; the overview, which links to the others, inside the frame whose first page it is."""
    path = PAGES.parent / "Home.py" if page == "overview" else PAGES / f"{page}.py"
    app = AppTest.from_file(str(path), default_timeout=60).run()
    assert not app.exception, app.exception
    return app


@pytest.mark.parametrize("page", sorted(path.stem for path in PAGES.glob("[a-z]*.py")))
def test_a_page_draws_on_an_empty_workspace(page):
    app = drawn(page)
    assert app.title[0].value.lower() == page


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("data", "No dataset yet"),
        ("train", "no dataset to learn from"),
        ("runs", "No run yet"),
        ("evaluate", "needs a dataset"),
        ("export", "No export yet"),
        ("serve", "Nothing is served yet"),
    ],
)
def test_an_empty_page_teaches(page, words):
    assert any(words in info.value for info in drawn(page).info)


def test_shares_that_do_not_add_up_are_refused_and_stay_on_screen():
    app = drawn("data")
    share = next(box for box in app.number_input if box.label == "Train share")
    share.set_value(0.95)
    next(button for button in app.button if button.label == "Make the dataset").click().run()
    assert "add up to 1" in app.error[0].value.replace("\\", "")
    assert next(box for box in app.number_input if box.label == "Train share").value == 0.95


def test_an_address_of_a_job_that_is_not_there_says_so():
    app = AppTest.from_file(str(PAGES / "runs.py"), default_timeout=60)
    app.query_params["run"] = "train-nobody"
    app.run()
    assert not app.exception
    assert app.error


def test_every_source_of_a_dataset_can_be_looked_at_without_losing_what_was_typed():
    app = drawn("data")
    next(box for box in app.number_input if box.label == "Examples").set_value(250)
    for source in ("file", "text", "hub", "dataset", "documents", "sample"):
        app.segmented_control(key="data-source").set_value(source).run()
        assert not app.exception, (source, app.exception)
    assert next(box for box in app.number_input if box.label == "Examples").value == 250


def test_the_evaluation_sets_to_compare_with_are_shown_and_can_be_changed():
    assert not drawn("data").multiselect[1:]  # the only one asks for languages
    exam = work_off(start_preparing(source="sample", domain="legal", num_samples=30, name="exam"))
    app = drawn("data")
    for chosen, compared in ([[exam["id"]], [exam["path"]]], [[], []]):
        box = next(box for box in app.multiselect if "validation and test splits" in box.label)
        assert (box.options, box.value) == (["exam"], [exam["id"]])
        box.set_value(chosen).run()
        next(button for button in app.button if button.label == "Make the dataset").click().run()
        assert jobs()[0].spec["compare_with"] == compared
        app = drawn("data")


def test_a_file_that_was_removed_is_asked_for_again():
    app = AppTest.from_file(str(PAGES / "data.py"), default_timeout=60)
    app.session_state["data-upload"] = {"id": "0" * 16, "name": "gone.csv", "bytes": 12}
    app.session_state["data-source"] = "file"
    app.run()
    assert not app.exception
    assert any("gone\\.csv is no longer kept" in info.value for info in app.info)
