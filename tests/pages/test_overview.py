"""The overview: what to expect for a new user, and what ended meanwhile for a returning one."""

from pathlib import Path

import pytest
from sqlalchemy import update

from app.demo import DEMO_COSTS
from app.evaluation.evidence import best_so_far
from app.plumbing.studio import store
from core.specs import EvaluateSpec, JobKind, TrainSpec
from storage.actors import OWNER
from storage.claims import claim
from storage.endings import fail
from storage.jobs import enqueue
from storage.rows import Visit, from_now
from tests.finished import dataset_with_near_copies, evaluated, trained
from tests.framed import framed

BENCHMARKS = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"


@pytest.fixture
def dataset(workspace):
    return dataset_with_near_copies()


def away(hours: float) -> None:
    """The last visit was this long ago."""
    with store().write() as session:
        session.execute(update(Visit).values(seen_at=from_now(-3600 * hours)))


def test_a_returning_user_sees_what_ended_since_with_its_verdict(dataset):
    framed("overview")
    away(15)
    run = trained(dataset, "care")
    broken = enqueue(store(), OWNER, TrainSpec(name="broken", output_dir="/r", dataset=dataset), JobKind.TRAIN)
    fail(store(), broken.id, claim(store(), "w", [JobKind.TRAIN]).attempt, "It was out of luck.", "Try again.")
    app = framed("overview")
    assert [one.value for one in app.header] == ["Since your last visit, 15 hours ago"]  # and nothing else is left
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert links["train · care"] == f"run={run.id}" and links["train · broken"] == f"run={broken.id}"
    words = " ".join(one.value for one in app.markdown)
    assert "succeeded" in words and "doubtful" in words and "failed" in words
    said = " ".join(one.value for one in app.caption)
    assert "Overfitting" in said and "It was out of luck" in said
    assert [one.value for one in framed("overview").header] == ["Since your last visit, 15 hours ago"]


def test_on_a_first_visit_everything_is_recent_work(dataset):
    trained(dataset, "care")
    assert [one.value for one in framed("overview").header] == ["Recent work"]


def test_a_running_step_is_not_proposed_again(dataset):
    run = trained(dataset, "care")
    assert "Evaluate care" in [one.label for one in framed("overview").button]
    spec = EvaluateSpec(name="care scores", output_dir="/e", dataset=dataset, model=run.output_dir)
    enqueue(store(), OWNER, spec, JobKind.EVALUATE)
    labels = [one.label for one in framed("overview").button]
    assert "Look at care scores" in labels and "Evaluate care" not in labels


def test_of_two_good_models_the_one_with_more_good_answers_is_the_best(dataset):
    better, newer = trained(dataset, "better"), trained(dataset, "newer")
    evaluated(better.output_dir, dataset, 110)
    evaluated(newer.output_dir, dataset, 90)
    model, evidence = best_so_far(OWNER)
    assert (model["job_id"], evidence.verdict.state) == (better.id, "good")
    assert any("120 examples of the test split of shop" in one.value for one in framed("overview").caption)


def test_the_stated_cost_of_the_demo_was_measured():
    measured = BENCHMARKS.read_text()
    for way in DEMO_COSTS.values():
        assert f"{way.seconds:.0f} s and {way.left_bytes / 1e6:.0f} MB" in measured
    said = framed("overview").markdown[-1].value
    assert "of computing" in said and "free)" in said


def test_a_base_model_without_measurements_states_no_cost(monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_DEFAULT_MODEL", "smollm2-360m")
    assert "step shows how long it will take" in framed("overview").markdown[-1].value
