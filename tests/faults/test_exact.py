"""However often a training is killed, it ends with the losses, samples and weights of one that was not."""

import math
import random
import signal
from functools import partial
from pathlib import Path

import pytest

from core.manifests import verify_manifest
from core.specs import TrainSpec
from core.training.run.checkpoints import checkpoints, load_state
from tests.core.training.runs import changed, pairs_about_illnesses, save_dataset, small_spec
from tests.faults.killed import Moment, attempt, told_by


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
    if killed.gradient_accumulation_steps == 1:  # either half may begin
        our_samples, their_samples = (
            {step: sorted(halves) for step, halves in samples.items()} for samples in (our_samples, their_samples)
        )
        assert {len(halves) for halves in their_samples.values()} == {2}
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


_PLAIN = {"lora_dropout": 0.0}
"""Without random numbers, blocks are computed by hand and what all examples begin with is computed once."""
METHODS = {
    "SFT": {"packing": "off"},
    "packed SFT": _PLAIN,
    "packed SFT in halves": _PLAIN | {"gradient_accumulation_steps": 1, "precision": "bfloat16"},
    "DPO": _PLAIN | {"method": "dpo", "learning_rate": 1e-3},
    "full fine-tuning": {"tuning": "full", "load_in_4bit": False, "learning_rate": 1e-4},
}
EPOCHS, KILLS = 8, 20
_LONGEST_DELAY_SECONDS = 0.1
"""About what a step takes with a validation and a checkpoint, so that a kill falls into any part of them."""


@pytest.mark.long
@pytest.mark.parametrize("method", METHODS)
def test_a_training_killed_twenty_times_ends_as_if_it_never_was(spec, method, chance, tmp_path):
    spec = changed(spec, epochs=EPOCHS, **METHODS[method])
    if spec.method == "dpo":
        pairs = pairs_about_illnesses(14)
        spec = changed(
            spec, dataset=str(save_dataset(tmp_path / "pairs_dataset", train=pairs[:10], validation=pairs[10:]))
        )
    whole = uninterrupted(spec)
    for left in range(KILLS, 0, -1):
        moment, delay_seconds = random_moment(spec, left, chance)
        ended = attempt(spec, journal_of(spec), moment, delay_seconds)
        assert ended == -signal.SIGKILL, f"{moment}, {delay_seconds:.3f} s later, {left} kills left"
    assert attempt(spec, journal_of(spec)) == 0
    assert_same(spec, whole)


def random_moment(spec: TrainSpec, left: int, chance: random.Random) -> tuple[Moment, float]:
    """When the next attempt dies: early enough for the training to last until the last of the kills that are `left`."""
    done = max((load_state(folder).step for folder in checkpoints(Path(spec.output_dir))), default=0)
    dies_in = done + chance.randint(0, 2 * (EPOCHS * _steps_an_epoch(spec) - done - 1) // (left + 2))
    name = chance.choice(("batch", "batch", "metric", "flush", "confirm"))
    if name == "batch":  # at the beginning of that step, or inside it
        before = partial(_batches_before, spec)
        count = 1 + chance.randrange(before(dies_in), before(dies_in + 1)) - before(done)
    else:
        count = 1 + (dies_in - done) // (1 if name == "metric" else spec.save_steps)
    return (name, count), chance.choice((0, chance.uniform(0, _LONGEST_DELAY_SECONDS)))


def _steps_an_epoch(spec: TrainSpec) -> int:
    """Of its five batches."""
    return math.ceil(5 / spec.gradient_accumulation_steps)


def _batches_before(spec: TrainSpec, step: int) -> int:
    """How many training batches are computed before `step` (from 0): two halves a step, or two that are accumulated,
    and then one in an epoch's last."""
    if spec.gradient_accumulation_steps == 1:
        return 2 * step
    epoch, position = divmod(step, _steps_an_epoch(spec))
    return 5 * epoch + 2 * position
