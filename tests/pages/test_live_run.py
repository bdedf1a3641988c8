"""A running training on its page: its curves, what it warns of, what it answers, its log."""

import json
from math import exp
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.plumbing.studio import store
from core.specs import JobKind, TrainSpec
from core.specs.results.sample_answers import SAMPLE_ANSWERS
from storage import claims, jobs, leases
from storage.actors import OWNER
from storage.leases import Report
from storage.settings import settings
from tests.waiting import PATIENCE_SECONDS

HOME_PAGE = Path(__file__).resolve().parents[2] / "Home.py"
STEPS = 40
SUNK = "<b>It is what the doctor asks.</b>"


@pytest.fixture
def run(workspace):
    """A run at step 40 of 80, with a warning raised twice, answers after three validations, and a log."""
    folder = settings().home / "runs" / "ill"
    spec = TrainSpec(name="ill", output_dir=str(folder), dataset="/a-dataset", epochs=2)
    jobs.enqueue(store(), OWNER, spec, JobKind.TRAIN)
    job = claims.claim(store(), "w", [JobKind.TRAIN])
    points = [(step, name, value) for step in range(1, STEPS + 1) for name, value in _metrics(step)]
    points += [(step, name, 3.0 - step / 40) for step in (0, 20, 40) for name in ("eval_loss", "eval_token_accuracy")]
    warning = ("The loss has hardly moved in 40 steps.", {"warning": "flat", "remedy": "Raise it.", "step": 40})
    setback = ("The database was locked.", {"remedy": "Close the browser of databases."})
    leases.renew(store(), job.id, 1, "w", Report(points, [warning, warning, setback], (40.0, 80.0, "Training")))
    folder.mkdir(parents=True)
    answers = [
        {"step": step, "question": "What is gout?", "expected": "An illness.", "answer": answer, "whole": step == 40}
        for step, answer in ((0, ""), (20, "It is"), (40, SUNK))
    ]
    (folder / SAMPLE_ANSWERS).write_text("".join(f"{json.dumps(one)}\n" for one in answers))
    log = Path(job.log_path)
    log.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"2026-01-01 00:00:{second:02}Z {job.id} INFO core.x: line {second}" for second in range(60))
    log.write_text("\n".join(lines))
    return job


def _metrics(step: int):
    yield from {
        "loss": 1 + exp(-step / 20), "token_accuracy": step / 50, "elapsed_seconds": 2.0 * step, "memory_bytes": 8e8,
        "tokens_per_second": 900.0, "learning_rate": 1e-4, "grad_norm": 1.0,
    }.items()  # fmt: skip


def test_a_run_shows_what_a_person_can_act_on(run):
    app = AppTest.from_file(str(HOME_PAGE), default_timeout=PATIENCE_SECONDS)
    app.run()
    app.query_params["run"] = run.id
    app.switch_page("pages/runs.py").run()
    assert not app.exception, app.exception

    [warning] = [one.value for one in app.warning]
    assert "Step 40" in warning and "hardly moved" in warning and "Raise it" in warning
    [setback] = [one.value for one in app.info]
    assert "The database was locked" in setback and "Close the browser of databases" in setback
    assert {one.label: one.value for one in app.metric}["Memory"] == "800 MB"
    texts = [one.value for one in app.text]
    assert texts == ["What is gout?", "An illness.", "(nothing) …", "It is …", SUNK]

    titles = app.segmented_control(key=f"series-{run.id}").options
    assert titles[:3] == ["Loss", "Perplexity", "Token accuracy"]
    for title in titles:
        app.segmented_control(key=f"series-{run.id}").set_value(title).run()
        assert not app.exception, app.exception
    assert app.segmented_control(key=f"axis-{run.id}").options == ["Step", "Epoch", "Time"]
    app.segmented_control(key=f"axis-{run.id}").set_value("Time").run()
    assert not app.exception, app.exception

    app.text_input(key=f"log-words-{run.id}").input("LINE 17").run()
    assert app.code[0].value == "2026-01-01 00:00:17Z line 17"
    assert any("1 line found" in one.value for one in app.caption)
