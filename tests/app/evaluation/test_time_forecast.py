"""An evaluation's time is the sum of what its models took per example in earlier ones; what it can show is told too."""

from math import cbrt

import pytest

from app.data.start_preparing import start_preparing
from app.evaluation.foretold import what_it_will_show
from app.evaluation.start_evaluating import start_evaluating
from app.evaluation.time_forecast import forecast_evaluation, forecast_of_spec
from app.jobs.forecast import Forecast, in_words
from app.plumbing.studio import home
from core.machine import processor_and_cores
from core.specs import EvaluateSpec, JobKind
from storage.actors import OWNER
from tests.app.working import ended, work_off
from tests.compared import tuned
from tests.core.forecast.speeds import SPEED

STARTER = [{"model": "starter"}]
SHARE = 361_821_120 / 6_163_712
"""How much larger SmolLM2-360M is than the starter."""


@pytest.fixture
def rows(here):
    return work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=100, name="rows"))


def evaluated(after_seconds: float, models: list[dict], seconds: dict[str, float | None], **values):
    """A finished comparison of these models on 10 examples, each of which took so long."""
    asked = [{"name": name, **one} for name, one in zip(seconds, models, strict=True)]
    job = start_evaluating(OWNER, models=asked, dataset="rows", **values)
    found = [
        {"name": name, "kind": "look-up" if one.get("look_up") else "model", "model": one.get("model") or "",
         "seconds": seconds[name]}
        for name, one in zip(seconds, models, strict=True)
    ]  # fmt: skip
    ended(job, after_seconds, result_version=2, models=found, reference=next(iter(seconds)),
          scorecards={name: {} for name in seconds},
          differences={}, examples=10, split="test", labels=False, speed=None, seconds=after_seconds - 2, model="",
          dataset="rows", notes=[], files=[])  # fmt: skip


def test_results_of_before_each_model_was_timed_tell_the_time_of_all(rows):
    assert forecast_evaluation(OWNER, STARTER, 100, False, 256) == Forecast()
    ended(start_evaluating(OWNER, model="starter", dataset="rows"), 14, scorecards={"base": {}}, split="test",
          examples=10, seconds=10.0)  # fmt: skip
    assert forecast_evaluation(OWNER, STARTER, 100, False, 256) == Forecast(104, 1)
    assert forecast_evaluation(OWNER, STARTER, 100, True, 256) == Forecast()
    larger = forecast_evaluation(OWNER, [{"model": "smollm2-360m"}], 100, False, 256)
    assert (larger.seconds, larger.most) == pytest.approx((4 + 100 * cbrt(SHARE), 4 + 100 * SHARE))


def test_several_models_take_the_sum_of_what_each_took(rows):
    adapter = {"model": tuned("mine", rows["path"])[1]}
    evaluated(40, [*STARTER, adapter, {"look_up": True}], {"Base": 10.0, "Mine": 26.0, "Look-up": None})
    forecast = forecast_evaluation(OWNER, [*STARTER, adapter, {"look_up": True}], 100, False, 256)
    assert forecast == Forecast(4 + 100 + 260, 1, models=2)
    assert in_words(JobKind.EVALUATE, forecast) == "Takes about 6 min, as earlier evaluations of these models did."
    another = {"model": tuned("other", rows["path"])[1]}  # on the same base: as fast
    assert forecast_evaluation(OWNER, [*STARTER, adapter, another], 100, False, 256).seconds == 4 + 100 + 2 * 260
    assert forecast_evaluation(OWNER, [*STARTER, {"model": "gone"}], 100, False, 256) == Forecast()
    unlike = forecast_evaluation(OWNER, [*STARTER, {"model": "smollm2-360m"}], 100, False, 256)
    assert unlike.seconds == pytest.approx(104 + 100 * cbrt(SHARE)) and unlike.scaled_from == "starter model"
    assert "roughly between" in in_words(JobKind.EVALUATE, unlike)


def test_a_model_whose_answers_an_earlier_attempt_gave_says_nothing(rows):
    evaluated(40, [*STARTER, *STARTER], {"Base": 10.0, "Again": None})
    assert forecast_evaluation(OWNER, STARTER, 10, False, 256).seconds == 30 + 10


def test_models_at_an_address_are_known_by_it(rows):
    theirs = {"model": "m", "endpoint": "http://127.0.0.1:9/v1"}
    evaluated(22, [theirs], {"Theirs": 20.0})
    assert forecast_evaluation(OWNER, [theirs], 50, False, 256) == Forecast(102, 1)
    assert forecast_evaluation(OWNER, [theirs | {"model": "other"}], 50, False, 256) == Forecast()


def test_a_spec_is_forecast_by_the_examples_of_its_splits(rows):
    evaluated(12, STARTER, {"Base": 10.0})
    asked = {"name": "e", "output_dir": "e", "dataset": rows["path"], "model": "starter"}
    assert forecast_of_spec(OWNER, EvaluateSpec(**asked, splits=("test", "train"))).seconds == 2 + 90
    assert forecast_of_spec(OWNER, EvaluateSpec(**asked, splits=("test", "train"), limit=20)).seconds == 2 + 10 + 20
    assert forecast_of_spec(OWNER, EvaluateSpec(**asked | {"dataset": None}, test_file="exam.csv")) == Forecast()


def test_what_it_will_show_follows_from_the_last_evaluation_of_the_dataset(rows):
    before = what_it_will_show(OWNER, rows, 100)
    assert "points in the share of good answers" in before
    assert "If answers are long: 100 examples show a difference of 0.09 in mean ROUGE-L" in before
    assert "assumed: 0.30" in before and "0.05 takes about 290 examples." in before
    score = {"value": 0.4, "low": 0.3, "high": 0.5}
    paired = {"rougeL": score | {"p_value": 0.001, "corrected_p_value": 0.003, "spread": 0.2, "examples": 10}}
    card = {"accuracy": score, "rougeL": score}
    job = start_evaluating(OWNER, model="starter", dataset="rows")
    ended(job, 12, result_version=2, models=[{"name": "base", "kind": "model"}], reference="base", examples=10,
          scorecards={"base": card}, differences={"base": {"nearest": paired}}, telling=["rougeL"], split="test",
          labels=False, speed=None, seconds=10.0, model="", dataset="rows", notes=[], files=[])  # fmt: skip
    known = what_it_will_show(OWNER, rows, 100)
    assert known.startswith("100 examples show a difference of 0.06 in mean ROUGE-L") and "as measured: 0.20" in known
    assert "good answers" not in known


def test_before_any_evaluation_a_timed_machine_tells_between_short_and_longest_answers(rows):
    lengths = rows["report"].tokens
    assert forecast_evaluation(OWNER, STARTER, 100, False, 256, lengths) == Forecast()  # not timed yet
    speed = SPEED.model_copy(update={"processor": processor_and_cores()})
    (home() / "machine_speed.json").write_text(speed.model_dump_json())
    forecast = forecast_evaluation(OWNER, STARTER, 100, False, 256, lengths)
    assert 8 < forecast.seconds < forecast.most
    assert in_words(JobKind.EVALUATE, forecast).endswith("judging by this machine's speed.")
    both = forecast_evaluation(OWNER, [*STARTER, {"model": tuned("mine", rows["path"])[1]}], 100, False, 256, lengths)
    assert both.seconds >= 2 * forecast.seconds
    assert forecast_evaluation(OWNER, STARTER, 100, False, 512, lengths).most > forecast.most
    evaluated(40, STARTER, {"Base": 10.0})
    assert forecast_evaluation(OWNER, STARTER, 100, False, 256, lengths) == Forecast(130, 1)
