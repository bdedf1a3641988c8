"""Forecasts come from jobs that finished here, and are never made up."""

import pytest

from app.data.start_preparing import start_preparing
from app.data.start_synthesizing import start_synthesizing
from app.export.start_exporting import start_exporting
from app.jobs.forecast import (
    Forecast,
    forecast_export,
    forecast_preparing,
    forecast_writing,
)
from app.jobs.queue_ahead import ahead_of
from app.plumbing.studio import store
from app.training.start_training import start_training
from core.specs import JobKind
from storage import claims
from storage.actors import OWNER
from tests.app.working import ended, work_off


@pytest.fixture
def dataset(here):
    return work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=100, name="rows"))


def test_a_preparation_is_forecast_from_the_one_nearest_in_size():
    assert forecast_preparing(OWNER, "sample", 100, "exact") == Forecast()
    for amount, seconds in ((100, 6), (1000, 12)):
        made = start_preparing(OWNER, source="sample", domain="legal", num_samples=amount)
        ended(made, seconds, report={"splits": {}, "counts": {"read": amount, "kept": amount, "dropped": 0}})
    assert forecast_preparing(OWNER, "sample", 50, "exact") == Forecast(3, 1, 6)
    assert forecast_preparing(OWNER, "sample", 2000, "exact") == Forecast(12, 1, 24)
    assert (
        forecast_preparing(OWNER, "file", 2000, "exact")
        == forecast_preparing(OWNER, "sample", 100, "near")
        == Forecast()
    )


def test_exports_are_forecast_per_file(dataset):
    assert forecast_export(OWNER, "starter", ["q8_0"], False) == Forecast()
    share = 361_821_120 / 6_163_712
    ended(start_exporting(OWNER, model="starter", types=("q8_0", "q4_0")), 30, gguf={})
    assert forecast_export(OWNER, "starter", ["q8_0"], False) == Forecast(20, 1)
    assert forecast_export(OWNER, "smollm2-360m", ["q8_0"], False).most == pytest.approx(20 * share)


def test_a_synthesis_is_forecast_per_example(dataset):
    values = {"task": "paraphrase", "dataset": "rows", "model": "starter", "num_samples": 10}
    ended(start_synthesizing(OWNER, **values), 40, written=3)
    assert forecast_writing(OWNER, "starter", None, 100) == Forecast(400, 1)
    assert forecast_writing(OWNER, "starter", "http://127.0.0.1:9/v1", 100) == Forecast()


def test_the_jobs_ahead_are_named(dataset):
    assert not ahead_of(OWNER, JobKind.TRAIN).running
    start_training(OWNER, model="starter", dataset="rows", name="first")
    claims.claim(store(), "here", [JobKind.TRAIN])
    start_exporting(OWNER, model="starter", types=("q8_0",))
    ahead = ahead_of(OWNER, JobKind.EVALUATE)
    assert (ahead.running, ahead.waiting) == ((("train", "first"),), 1)
    assert not ahead_of(OWNER, JobKind.PREPARE).running  # which has a place of its own
