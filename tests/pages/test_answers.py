"""The example browser on the page: sorting, filtering, remarks, a new dataset, and answers of an older version."""

import re

import pytest

from app.evaluation.answers import indexing_of
from app.evaluation.remarks import remark_on, remarks_by_place
from app.jobs.queries import jobs
from core.specs import JobKind
from storage.actors import OWNER
from tests.browsed import RARE, browsed, rewrite
from tests.framed import framed
from tests.pages.test_forms import labelled
from tests.waiting import until

COUNT = 60


@pytest.fixture
def evaluation(workspace):
    return browsed(COUNT)


def questions(app) -> list[int]:
    """The numbers of the cases shown, in order."""
    return [int(found[1]) for one in app.text if (found := re.fullmatch(r"What is done in case (\d+)\?", one.value))]


def html(app) -> str:
    return "".join(one.proto.body for one in app.get("html"))


def test_a_page_of_examples_with_all_answers_and_what_differs_marked(evaluation):
    app = framed("evaluate", job=evaluation.id)
    assert questions(app) == [0, 1, 2, 3, 4]
    captions = [one.value for one in app.caption]
    assert sum(caption.startswith("Tuned · ") for caption in captions) == 5
    assert any(caption.startswith("Example 1 · joints · report") for caption in captions)
    assert "<del>" in html(app)
    labelled(app.segmented_control, "Mark differences").set_value("None").run()
    assert "<del>" not in html(app) and "<ins>" not in html(app)


def test_examples_are_sorted_searched_and_filtered(evaluation):
    app = framed("evaluate", job=evaluation.id)
    labelled(app.segmented_control, "Order").set_value("Largest loss").run()
    assert questions(app) == [0, 9, 18, 27, 36]
    labelled(app.text_input, "Search").set_value(RARE).run()
    assert questions(app) == [COUNT - 1]
    assert any("**1 example** of 60" in one.value for one in app.markdown)
    labelled(app.text_input, "Search").set_value("nowhere").run()
    assert questions(app) == [] and "No example passes" in app.info[-1].value
    labelled(app.text_input, "Search").set_value("").run()
    labelled(app.selectbox, "Topic").set_value("skin").run()
    labelled(app.selectbox, "Outcome").set_value("close").run()
    assert all(number % 3 == 1 for number in questions(app))
    assert not app.exception


def test_a_remark_is_kept_and_filtered_by(evaluation):
    app = framed("evaluate", job=evaluation.id)
    app.text_area(key=f"comment-{evaluation.id}-2").set_value("Wrong <b>drug</b>")
    app.multiselect(key=f"tags-{evaluation.id}-2").set_value(["danger"])
    app.button(key=f"save-{evaluation.id}-2").click().run()
    again = framed("evaluate", job=evaluation.id)
    assert any(r"Wrong \<b\>drug" in one.value and "danger" in one.value for one in again.markdown)
    labelled(again.checkbox, "With your remarks").set_value(True).run()
    assert questions(again) == [2]


def test_what_a_model_missed_becomes_a_dataset(evaluation):
    app = framed("evaluate", job=evaluation.id)
    which = app.radio(key=f"which-{evaluation.id}-test")
    assert len(which.options) == 4 and which.options[0] == "60 examples that pass the filters"
    which.set_value("Tuned").run()
    assert any("proves nothing" in one.value for one in app.markdown)
    app.button(key=f"make-{evaluation.id}-test").click().run()
    made = jobs(OWNER, JobKind.PREPARE)[0]
    assert made.name == "scores missed by Tuned" and "missed by Tuned" in made.spec["made_from"]


def test_answers_of_an_older_version_show_how_far_their_index_is(workspace):
    old = browsed(1500, indexed=False)
    app = framed("evaluate", job=old.id)
    assert questions(app) == [] and not app.exception
    until(lambda: not indexing_of(old))
    assert questions(framed("evaluate", job=old.id)) == [0, 1, 2, 3, 4]


def test_the_metrics_to_sort_by_are_those_of_the_chosen_model(evaluation):
    rewrite(evaluation, lambda _, row: row["scores"]["Base"].pop("loss"))
    app = framed("evaluate", job=evaluation.id)
    labelled(app.segmented_control, "Order").set_value("Worst first").run()
    labelled(app.selectbox, "By").set_value("loss").run()
    labelled(app.selectbox, "Answers of").set_value("Base").run()
    assert not app.exception and not app.error and len(questions(app)) == 5
    assert "Loss" not in labelled(app.selectbox, "By").options


def test_taking_back_the_last_remark_of_a_page_shows_the_page_before(evaluation):
    for place in range(6):
        remark_on(OWNER, evaluation.id, place, "Odd.")
    app = framed("evaluate", job=evaluation.id)
    labelled(app.checkbox, "With your remarks").set_value(True).run()
    page = re.search("p-evaluate.*", app.get("pagination")[0].proto.id)[0]
    app.session_state[page] = 2
    app.run()
    assert questions(app) == [5]
    remark_on(OWNER, evaluation.id, 5, "")
    app.session_state[page] = 2
    app.run()
    assert questions(app) == [0, 1, 2, 3, 4]


def test_a_remark_made_in_another_tab_is_not_overwritten_unseen(evaluation):
    here, there = (framed("evaluate", job=evaluation.id) for _ in range(2))
    fresh = f"{evaluation.id}-2"
    there.text_area(key=f"comment-{fresh}").set_value("Theirs")
    there.button(key=f"save-{fresh}").click().run()
    here.text_area(key=f"comment-{fresh}").set_value("Mine")
    here.multiselect(key=f"tags-{fresh}").set_value(["new"])
    here.button(key=f"save-{fresh}").click().run()
    assert ["changed elsewhere" in one.value for one in here.error] == [True] and not here.exception
    assert remarks_by_place(OWNER, evaluation.id)[2].comment == "Theirs"
    [typed] = [one for one in here.text_area if one.value == "Mine"]
    here.button(key=typed.key.replace("comment", "save")).click().run()
    kept = remarks_by_place(OWNER, evaluation.id)[2]
    assert (kept.comment, kept.tags) == ("Mine", ("new",)) and not here.error


def test_all_that_was_asked_is_shown(evaluation):
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What?"}]
    rewrite(evaluation, lambda _, row: row.update(messages=turns, tools=[{"function": {"name": "find_dose"}}]))
    app = framed("evaluate", job=evaluation.id)
    texts = [one.value for one in app.text]
    assert texts.count("Be brief.") == 5 and any("find_dose" in one for one in texts)
    labelled(app.text_input, "Search").set_value("be BRIEF").run()
    assert len(questions(app)) == 5


def test_a_model_may_have_any_name(workspace):
    made = browsed(12, ("Base", "filtered"))
    options = framed("evaluate", job=made.id).radio(key=f"which-{made.id}-test").options
    assert options[0] == "12 examples that pass the filters" and len(options) == 3


def test_a_failed_index_leaves_the_rest_of_the_page_and_the_list(workspace):
    old = browsed(1500, indexed=False)
    framed("evaluate", job=old.id)
    indexing_of(old)._child.kill()
    until(lambda: not indexing_of(old))
    app = framed("evaluate", job=old.id)
    assert "exited with status" in app.error[0].value and len(app.error) == 1
    assert labelled(app.text_area, "Thresholds as YAML") and questions(app) == []
    assert not framed("evaluate").error
