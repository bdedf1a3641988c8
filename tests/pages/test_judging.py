"""Judges on the Evaluate page: the rubric editor with its preview, blind rating, and what does not count yet."""

import pytest

from app.evaluation.judging.ratings import given, to_rate
from app.evaluation.judging.start_judging import start_judging
from app.jobs.queries import jobs
from app.plumbing.studio import home
from core.specs import JobKind
from storage.actors import OWNER
from tests.core.data.synthesis.scripted import Script
from tests.finished import dataset_with_near_copies
from tests.framed import framed
from tests.judged import an_evaluation, deserved, fair, worked_off
from tests.pages.test_forms import labelled, told

NAMES = ("base", "tuned", "nearest", "Base model", "Tuned", "Plain look-up", "scripted")


@pytest.fixture
def script():
    served = Script()
    served.answer = fair
    yield served
    served.close()


@pytest.fixture
def evaluation():
    return an_evaluation(dataset_with_near_copies(), str(home() / "runs" / "shop"), count=12)


@pytest.fixture
def judging(evaluation, script):
    return worked_off(start_judging(OWNER, evaluation=evaluation.id, model="scripted", endpoint=script.address))


def everything(app) -> list[str]:
    return [told(app), *(one.value for one in app.text), *(str(one.key) for one in app.button)]


def test_the_editor_tells_the_calls_and_shows_the_prompt_then_starts(evaluation, script):
    app = framed("evaluate", {"judge-prompt": True}, job=evaluation.id, judge="1")
    assert "is asked **36 times**, about 12 examples" in told(app)
    labelled(app.text_area, "What makes an answer good").set_value("Only facts count.").run()
    labelled(app.text_area, "What each mark means, one a line from the lowest").set_value("bad\ngood").run()
    assert "Only facts count." in app.code[0].value and "1: bad\n2: good" in app.code[0].value
    labelled(app.button_group, "The judge").set_value("endpoint").run()
    labelled(app.text_input, "Address").set_value(script.address).run()
    labelled(app.text_input, "Model").set_value("scripted").run()
    labelled(app.button, "Judge the answers").click().run()
    [asked] = jobs(OWNER, JobKind.JUDGE)
    assert asked.spec["scale"] == ["bad", "good"] and asked.spec["criteria"] == "Only facts count."
    assert not script.asked  # it is in the queue


def test_a_scale_of_one_mark_is_refused_at_its_field(evaluation):
    app = framed("evaluate", job=evaluation.id, judge="1")
    labelled(app.text_area, "What each mark means, one a line from the lowest").set_value("only one").run()
    assert any("2 to 10 marks; this one has 1" in one.value for one in app.error)
    assert labelled(app.button, "Judge the answers").disabled


def test_rating_names_no_model_and_a_mark_brings_the_next_answer(judging):
    app = framed("evaluate", job=judging.id, rate="1")
    first, second = to_rate(OWNER, judging.id)[:2]
    assert first.answer in [one.value for one in app.text]
    seen = everything(app)
    assert not any(name in text for text in seen for name in NAMES)
    next(one for one in app.button if one.label.startswith("4 ·")).click().run()
    [rating] = given(OWNER, judging)
    assert (rating.example, rating.model, rating.mark) == (*first[:2], 4)
    assert second.answer in [one.value for one in app.text]
    labelled(app.button, "Take the last mark back").click().run()
    assert given(OWNER, judging) == []


def test_until_the_person_agrees_the_verdict_is_grey_and_out_of_the_evaluations(judging, evaluation):
    page = framed("evaluate", job=judging.id)
    assert "Not trusted yet" in page.warning[0].value and "does not count yet" in page.subheader[0].value
    assert "against Base model" not in "".join(one.value for one in framed("evaluate", job=evaluation.id).caption)
    from app.evaluation.judging.ratings import rate

    for one in to_rate(OWNER, judging.id)[:24]:
        rate(OWNER, judging, one, deserved(one.answer))
    page = framed("evaluate", job=judging.id)
    assert "Trusted" in page.success[0].value
    notes = "".join(one.value for one in framed("evaluate", job=evaluation.id).caption).replace("\\", "")
    assert "Tuned against Base model" in notes and "better by 2.0 (2.0 to 2.0) marks." in notes


def test_a_judge_that_would_mark_its_own_answers_is_warned_of(evaluation, script):
    from app.plumbing.studio import store
    from storage.rows import Job

    listed = [
        {"name": "base", "model": "m", "endpoint": f"{script.address}/"},
        {"name": "tuned", "model": "other", "endpoint": script.address},
        {"name": "nearest", "model": None, "endpoint": None},
    ]
    with store().write() as session:
        session.get(Job, evaluation.id).spec = evaluation.spec | {"models": listed}
    app = framed("evaluate", job=evaluation.id, judge="1")
    labelled(app.button_group, "The judge").set_value("endpoint").run()
    labelled(app.text_input, "Address").set_value(script.address).run()
    labelled(app.text_input, "Model").set_value("scripted").run()
    assert not any("its own answers" in one.value for one in app.warning)
    labelled(app.text_input, "Model").set_value("m").run()
    assert any("would mark its own answers: it is base." in one.value for one in app.warning)
    assert not labelled(app.button, "Judge the answers").disabled
