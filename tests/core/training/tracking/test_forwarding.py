"""Metrics reach TensorBoard's files and every tracker that is configured; none of them can fail or slow a run."""

import json
import os
import time
from pathlib import Path

import pytest

from core.reporting import Reporter
from core.specs.results.run_record import RunRecord
from core.training.tracking import forwarding
from core.training.tracking.forwarding import EVENTS, tracked
from core.training.tracking.trackers import SERVICES, configured
from tests.core.training.tracking.test_event_files import scalars

STAND_IN = '''
"""A fake MLflow: appends every call to a file."""
import json, os, time
from types import SimpleNamespace

def _note(*what):
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(json.dumps(what) + "\\n")

def _steps():
    lines = open(os.environ["NOTES"]).read().splitlines() if os.path.exists(os.environ["NOTES"]) else []
    return [entry[2] for entry in map(json.loads, lines) if entry[0] == "log"]

def set_experiment(name): _note("experiment", name)
def search_runs(filter_string, output_format): return []
def start_run(run_id, run_name):
    if os.environ.get("FAILS"): raise ConnectionError("the server is away")
    if os.environ.get("HANGS"): time.sleep(600)
    return SimpleNamespace(info=SimpleNamespace(run_id="1"))
def set_tag(name, value): pass
def log_params(params): _note("params", params)
def log_metrics(values, step): _note("log", values, step)
def end_run(status): _note("end", status)
class MlflowClient:
    def get_metric_history(self, run, name): return [SimpleNamespace(step=step) for step in _steps()]
'''


class Told(Reporter):
    attempt = "train-1.2"

    def __init__(self):
        self.events, self.metrics, self.flushed = [], [], 0

    def event(self, message, **details):
        self.events.append(message)

    def metric(self, step, **values):
        self.metrics.append((step, values))

    def flush(self):
        self.flushed += 1


@pytest.fixture
def record(tmp_path):
    return RunRecord(name="ill", output_dir=str(tmp_path / "run"), dataset="/somewhere/ill_dataset")


@pytest.fixture
def mlflow(tmp_path, monkeypatch):
    """MLflow is configured, and a stand-in installed; returns what it was told."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "mlflow.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path / "modules")
    monkeypatch.setattr(forwarding, "_IMPORTED", os.pathsep.join([forwarding._IMPORTED, str(tmp_path / "modules")]))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000")
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    return lambda: [json.loads(line) for line in (tmp_path / "notes").read_text().splitlines()]


def events_of(record: RunRecord) -> list[dict]:
    return [scalars(path) for path in sorted((Path(record.output_dir) / EVENTS).iterdir())]


def test_everything_is_passed_on_and_a_resumed_run_gets_a_second_file(record):
    told = Told()
    with tracked(record, -1, told) as reporter:
        assert (reporter.attempt, reporter.job_id, reporter.stop_requested()) == ("train-1.2", "train-1", None)
        reporter.metric(0, eval_loss=3.0)
        reporter.metric(1, loss=2.0, learning_rate=0.5)
        reporter.event("said")
        reporter.flush()
    with tracked(record, 0, told) as reporter:
        reporter.metric(1, loss=2.0)
    assert told.metrics == [(0, {"eval_loss": 3.0}), (1, {"loss": 2.0, "learning_rate": 0.5}), (1, {"loss": 2.0})]
    assert (told.events, told.flushed) == (["said"], 1)
    first, second = events_of(record)
    assert first == {"eval/loss": [(0, 3.0)], "train/loss": [(1, 2.0)], "train/learning_rate": [(1, 0.5)]}
    assert second == {"train/loss": [(1, 2.0)]}


def test_a_tracker_gets_the_settings_and_each_step_once_though_the_run_resumes(record, mlflow):
    told = Told()
    with pytest.raises(KeyError), tracked(record, -1, told) as reporter:
        for step in range(4):
            reporter.metric(step, loss=float(step))
        raise KeyError
    with tracked(record, 1, told) as reporter:
        for step in range(2, 6):
            reporter.metric(step, loss=float(step))
    notes = mlflow()
    assert ["experiment", "tunewright"] in notes
    params = next(entry[1] for entry in notes if entry[0] == "params")
    assert params["learning_rate"] == 2e-4 and params["seed"] == 42 and "output_dir" not in params
    assert [entry for entry in notes if entry[0] == "log"] == [["log", {"train/loss": float(s)}, s] for s in range(6)]
    assert [entry[1] for entry in notes if entry[0] == "end"] == ["KILLED", "FINISHED"]
    assert told.events == []


@pytest.mark.parametrize(
    ("trouble", "words"), [("FAILS", "ConnectionError: the server is away"), ("HANGS", "had not sent everything")]
)
def test_a_tracker_in_trouble_costs_one_event(record, mlflow, monkeypatch, trouble, words):
    monkeypatch.setenv(trouble, "1")
    monkeypatch.setattr(forwarding, "_PATIENCE_SECONDS", 1)
    told = Told()
    with tracked(record, -1, told) as reporter:
        began = time.monotonic()
        for step in range(20_000):
            reporter.metric(step, loss=1.0, learning_rate=1.0, grad_norm=1.0)
        assert (time.monotonic() - began) / 20_000 < 0.002, "seconds for a step"
    [event] = told.events
    assert event.startswith("MLflow gets no more metrics of this run") and words in event
    assert len(told.metrics) == 20_000


def test_a_tracker_that_is_not_installed_is_named(record, monkeypatch):
    monkeypatch.setenv("TRACKIO_PROJECT", "ours")
    monkeypatch.setattr(forwarding, "is_installed", lambda name: False)
    told = Told()
    with tracked(record, -1, told) as reporter:
        reporter.metric(1, loss=1.0)
    assert told.events == ["Trackio is configured but not installed: pip install trackio."]


def test_a_disk_that_takes_no_event_file_costs_one_event(record):
    Path(record.output_dir).mkdir()
    (Path(record.output_dir) / EVENTS).write_text("in the way")
    told = Told()
    with tracked(record, -1, told) as reporter:
        reporter.metric(1, loss=1.0)
    assert told.metrics and len(told.events) == 1 and "TensorBoard gets no metrics" in told.events[0]


def test_only_what_the_environment_names_is_fed():
    assert configured({}) == []
    assert configured({"WANDB_API_KEY": "k", "MLFLOW_TRACKING_URI": "u", "TRACKIO_SPACE_ID": "a/b"}) == list(SERVICES)
    assert configured({"WANDB_API_KEY": "k", "WANDB_MODE": "disabled"}) == []
    assert configured({"WANDB_API_KEY": "", "WANDB_PROJECT": ""}) == []
