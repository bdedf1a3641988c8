"""However often a training is killed, it ends with the losses, samples and weights of one that was not."""

import signal
from pathlib import Path

import pytest

from core.manifests import verify_manifest
from core.specs import TrainSpec
from core.training.run.checkpoints import load_state
from tests.core.training.runs import changed, small_spec
from tests.faults.killed import attempt, told_by


@pytest.fixture
def spec(tiny_model, tmp_path):
    """Three steps an epoch, on batches 1 2, 3 4 and 5; checkpoints after every second step, and after the best."""
    return changed(small_spec(tiny_model, tmp_path), merge_adapters=False, precision="float32")


def uninterrupted(spec: TrainSpec) -> TrainSpec:
    """The same run in a folder beside it, trained to its end."""
    whole = changed(spec, output_dir=f"{spec.output_dir}-whole")
    assert attempt(whole, journal_of(whole)) == 0
    return whole


def journal_of(spec: TrainSpec) -> Path:
    return Path(f"{spec.output_dir}.jsonl")


def assert_same(killed: TrainSpec, whole: TrainSpec) -> None:
    """Every step once, on the same samples in the same order, with the same numbers: not one bit differs."""
    (ours, our_samples), (theirs, their_samples) = told_by(journal_of(killed)), told_by(journal_of(whole))
    assert list(our_samples) == list(range(1, len(their_samples) + 1)) and our_samples == their_samples
    for name in ("loss", "grad_norm", "learning_rate", "eval_loss"):
        assert ours.steps_of(name) == theirs.steps_of(name) != {}
    kept, expected = Path(killed.output_dir) / "final", Path(whole.output_dir) / "final"
    verify_manifest(kept)
    ended, at_once = load_state(kept), load_state(expected)
    for name in ("step", "train_tokens", "best_step", "best_validation_loss"):
        assert getattr(ended, name) == getattr(at_once, name)
    for weights in expected.glob("*.safetensors"):
        assert (kept / weights.name).read_bytes() == weights.read_bytes()
    assert not list(Path(killed.output_dir).glob(".*.partial"))


def test_a_training_killed_thrice_ends_as_if_it_never_was(spec):
    whole = uninterrupted(spec)
    deaths = {
        "while the checkpoint of step 2 is written": ("flush", 1),
        "at the epoch's edge, before step 4": ("batch", 6),
        "inside the accumulation of step 5": ("batch", 4),
    }
    for moment, dies_at in deaths.items():
        assert attempt(spec, journal_of(spec), dies_at) == -signal.SIGKILL, moment
    assert attempt(spec, journal_of(spec)) == 0
    resumed = [event for event in told_by(journal_of(spec))[0].events if "resumes" in event]
    assert resumed == ["Training resumes after step 3.", "Training resumes after step 4."]
    assert_same(spec, whole)
