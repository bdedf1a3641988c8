"""An evaluation that died goes on where it was: the same metrics, and nothing answered twice beyond one batch."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.errors import UnavailableError
from core.evaluation.engines.transformers_scorer import TransformersScorer
from core.evaluation.evaluate import evaluate
from core.inference.batches.transformers_sequences import TransformersSequences
from core.reporting import Reporter, Stopped
from core.specs import EvaluateSpec, StopRequest
from tests.core.training.runs import rows_about_illnesses, save_dataset

BATCH = 4


@pytest.fixture
def spec(tmp_path, tiny_model, tiny_adapter):
    """`spec(place)`: base and adapter on 22 examples, in batches of 4, sampled, so that seeds matter too."""
    save_dataset(tmp_path / "ill_dataset", test=rows_about_illnesses(22))

    def make(place: str, **values) -> EvaluateSpec:
        given = {"base_model": str(tiny_model), "max_new_tokens": 12, "temperature": 0.8, "batch_size": BATCH, **values}
        return EvaluateSpec(
            name="e", output_dir=str(tmp_path / place), model=str(tiny_adapter), dataset=str(tmp_path / "ill_dataset"),
            **given,
        )  # fmt: skip

    return make


class Attempt(Reporter):
    def __init__(self, number: int):
        self.attempt = f"job.{number}"
        self.told: list[tuple[float, float]] = []

    def progress(self, done, total, stage=""):
        self.told.append((done, total))


def answers_in(folder) -> list:
    return json.loads((Path(folder) / "predictions.json").read_text())


def test_another_attempt_goes_on_where_the_first_died(spec, monkeypatch):
    whole = evaluate(spec("whole"))
    begun, real = [], TransformersSequences.step

    def dying(self, joining, going):
        begun.extend(joining)
        if len(begun) > 35:  # in the midst of the second model
            raise MemoryError
        return real(self, joining, going)

    monkeypatch.setattr(TransformersSequences, "step", dying)
    with pytest.raises(MemoryError):
        evaluate(spec("died"), Attempt(1))
    assert not (Path(spec("died").output_dir) / "metrics.json").exists()
    monkeypatch.setattr(
        TransformersSequences, "step", lambda self, *given: begun.extend(given[0]) or real(self, *given)
    )
    again = Attempt(2)
    result = evaluate(spec("died"), again)
    assert 44 < len(begun) <= 44 + BATCH
    assert result.scorecards == whole.scorecards and result.differences == whole.differences
    assert answers_in(spec("died").output_dir) == answers_in(spec("whole").output_dir)
    assert again.told[0][0] > 0 and again.told[-1][0] == pytest.approx(again.told[-1][1], rel=0.01)
    assert sorted(path.name for path in Path(result.files[0]).parent.iterdir()) == sorted(
        Path(file).name for file in result.files
    )


def test_a_job_that_died_after_publishing_is_not_done_again(spec, monkeypatch):
    first = evaluate(spec("out"), Attempt(1))
    answers = Path(spec("out").output_dir) / ".answers"
    answers.mkdir()  # it died before it could remove them
    monkeypatch.setattr(TransformersScorer, "__init__", None)  # nothing is loaded
    assert evaluate(spec("out"), Attempt(2)) == first
    assert not answers.exists()


def test_what_was_answered_with_other_settings_is_not_used(spec, monkeypatch):
    class Pausing(Attempt):
        def stop_requested(self):
            return StopRequest.PAUSE if len(self.told) > 60 else None

    with pytest.raises(Stopped):
        evaluate(spec("out"), Pausing(1))
    longer = evaluate(spec("out", max_new_tokens=14), Attempt(2))
    assert longer.scorecards == evaluate(spec("other", max_new_tokens=14)).scorecards


def test_fewer_answers_than_examples_fail_the_job(spec, monkeypatch):
    real = TransformersScorer.answers

    def losing_one(self, *given):
        for batch in real(self, *given):
            yield {place: answer for place, answer in batch.items() if place != 5}

    monkeypatch.setattr(TransformersScorer, "answers", losing_one)
    with pytest.raises(UnavailableError, match="base gave 21 answers to 22 examples"):
        evaluate(spec("out"))
    assert not (Path(spec("out").output_dir) / "metrics.json").exists()


CHILD = """
import sys
from core.evaluation.evaluate import evaluate
from core.inference.batches.transformers_sequences import TransformersSequences
from core.specs import EvaluateSpec
from core.reporting import Reporter

reporter, real = Reporter(), TransformersSequences.step
reporter.attempt, log = sys.argv[2], open(sys.argv[3], "a")

def counted(self, joining, going):
    log.write("".join(f"{prompt}\\n" for prompt in joining.values()))
    log.flush()
    return real(self, joining, going)

TransformersSequences.step = counted
evaluate(EvaluateSpec.model_validate_json(sys.argv[1]), reporter)
"""


@pytest.mark.long
def test_killed_at_random_moments_it_ends_with_the_same_metrics(spec, tmp_path):
    whole = evaluate(spec("whole"))
    chance, log = random.Random(5), tmp_path / "generated.txt"
    killed = 0
    for attempt in range(1, 12):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, spec("killed").model_dump_json(), f"job.{attempt}", str(log)]
        )
        before = len(log.read_text().splitlines()) if log.exists() else 0
        wanted = before + chance.randint(1, 3) * BATCH
        while child.poll() is None and (not log.exists() or len(log.read_text().splitlines()) < wanted):
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.05))
        if child.poll() is not None:
            break
        child.send_signal(signal.SIGKILL)
        child.wait()
        killed += 1
    assert child.returncode == 0 and killed >= 3
    metrics = json.loads((tmp_path / "killed" / "metrics.json").read_text())
    assert metrics["scorecards"] == whole.stored()["scorecards"]
    assert answers_in(tmp_path / "killed") == answers_in(tmp_path / "whole")
    generated = len(log.read_text().splitlines())
    assert 44 <= generated <= 44 + killed * BATCH
