"""Learning from rewards: TRL takes the steps; resume is exact, checkpoints are ours, and held-out rewards rise."""

import gc
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.forecast.shape import shape_of
from core.manifests import verify_manifest
from core.models.loading import load_tokenizer
from core.models.references import locate
from core.specs import TrainSpec
from core.specs.results.sample_answers import read_sample_answers
from core.training.by_method import for_method
from core.training.presets import PRESETS
from core.training.run.checkpoints import checkpoints
from core.training.schedule import filled_step
from core.training.train import train
from core.training.trained.loading import load_trained
from tests.core.training.runs import Recorder, changed, rows_about_illnesses, save_dataset

MEASURES = ("loss", "reward", "reward_length", "reward_ends", "kl", "answer_tokens", "grad_norm", "eval_reward")
NOT_PICKLED = {".safetensors", ".json"}


class Killed(BaseException):
    """Simulates a SIGKILL: no code of ours catches it."""


class KilledAt(Recorder):
    """Dies once this step has been taken, before its checkpoint."""

    def __init__(self, step: int | None):
        super().__init__()
        self.step = step

    def progress(self, done, total, stage=""):
        if done == self.step and stage == "Training":
            raise Killed


def _rewarded(spec: TrainSpec, **given) -> TrainSpec:
    """Three steps of four questions, two answers each; every step is validated and saved."""
    return changed(
        spec, method="grpo", rewards=("length", "ends"), reward_weights=(1.0, 0.5), reward_min_words=3,
        reward_max_words=6, generations=2, max_new_tokens=12, max_steps=3, save_steps=1, eval_steps=1,
        merge_adapters=False, keep="last", **given,
    )  # fmt: skip


def test_a_step_is_filled_from_the_next_epoch():
    seen = [filled_step(5, step, 3, seed=1) for step in range(5)]
    assert all(len(one) == 3 for one in seen)
    flat = [place for one in seen for place in one]
    assert sorted(flat[:5]) == sorted(flat[5:10]) == [0, 1, 2, 3, 4]


def test_a_killed_run_resumes_with_identical_steps_and_nothing_pickled(spec):
    whole, recorder = _rewarded(spec), Recorder()
    result = train(whole, recorder)
    assert result.steps == result.kept_step == 3 and result.train_tokens > 0
    assert result.mean_reward_before == recorder.steps_of("eval_reward")[0]
    assert result.mean_reward_after == recorder.steps_of("eval_reward")[3] == -recorder.steps_of("eval_loss")[3]
    assert all(0 <= value <= 1.5 for value in recorder.steps_of("reward").values())
    assert recorder.steps_of("kl")[1] == pytest.approx(0, abs=1e-6), "before the first update it is its base"
    assert recorder.steps_of("kl")[3] > 0

    killed = _rewarded(spec, output_dir=f"{spec.output_dir}-killed", sample_answers=1)
    again = KilledAt(2)
    with pytest.raises(Killed):
        train(killed, again)
    again.step = None
    assert train(killed, again).resumed_from == 1
    for name in MEASURES:
        assert again.steps_of(name) == recorder.steps_of(name), name
    ours, theirs = (Path(one.output_dir, "final", "adapter_model.safetensors") for one in (killed, whole))
    assert ours.read_bytes() == theirs.read_bytes()
    answered = [one.step for one in read_sample_answers(Path(killed.output_dir))]
    assert (answered[0], answered[-1]) == (0, 3), "between them as many as a twentieth of the time allows"
    for folder in checkpoints(Path(killed.output_dir)):
        verify_manifest(folder)
        assert {file.suffix for file in folder.iterdir()} <= NOT_PICKLED
    weights = load_file(ours)
    assert all("ref" not in name for name in weights) and str(next(iter(weights.values())).dtype) == "torch.float32"


def test_no_dequantized_weights_are_kept_beside_the_packed_ones(spec):
    spec, location = changed(spec, lora_dropout=0.0), locate(spec.model)

    def held_bytes(method: str) -> int:
        before = _tensor_bytes()
        trained = load_trained(_rewarded(spec) if method == "grpo" else spec, location, load_tokenizer(location), None)
        return _tensor_bytes() - before if trained else 0

    linear = 4 * shape_of(spec.model).linear_weights
    assert held_bytes("sft") - held_bytes("grpo") >= linear, "supervised fine-tuning on a CPU computes with them"


def _tensor_bytes() -> int:
    gc.collect()
    tensors = [one for one in gc.get_objects() if isinstance(one, torch.Tensor) and not one.is_meta]
    return sum({one.untyped_storage().data_ptr(): one.untyped_storage().nbytes() for one in tensors}.values())


@pytest.mark.long
@pytest.mark.parametrize(
    "given", [{"tuning": "full", "load_in_4bit": False}, {"load_in_4bit": False}, {"batch_size": 1}]
)
def test_other_ways_of_holding_weights_learn_and_finish_when_asked(spec, given):
    class Finishing(Recorder):
        def finish_requested(self):
            return ("loss", 2) in self.series

    recorder = Finishing()
    result = train(_rewarded(spec, **given), recorder)
    assert (result.steps, result.ended_early) == (2, "asked to finish")
    assert recorder.steps_of("kl")[2] > 0


@pytest.mark.long
def test_smaller_parts_of_a_step_give_the_same_step(spec, monkeypatch):
    """As when memory ran out: one question at a time instead of two."""
    whole, parts = Recorder(), Recorder()
    spec = changed(spec, lora_dropout=0.0)  # whose random numbers depend on the parts
    train(_rewarded(spec), whole)
    parts.memory_deaths = 1
    train(_rewarded(spec, output_dir=f"{spec.output_dir}-parts"), parts)
    assert any("1 examples are computed at a time" in event for event in parts.events)
    for name in ("loss", "reward", "grad_norm"):
        assert list(parts.steps_of(name).values()) == pytest.approx(list(whole.steps_of(name).values()), abs=1e-4)


@pytest.mark.long
def test_the_starter_earns_more_on_held_out_questions(tmp_path):
    rows = rows_about_illnesses(60)
    dataset = save_dataset(tmp_path / "data", train=rows[:48], validation=rows[48:])
    settings = for_method(PRESETS["starter"] | {"merge_adapters": False}, "grpo")
    settings |= {"max_steps": 20, "batch_size": 4, "eval_steps": 10, "save_steps": 10, "max_new_tokens": 32}
    spec = TrainSpec(
        name="short", output_dir=str(tmp_path / "run"), dataset=str(dataset), method="grpo",
        rewards=("length", "ends"), reward_min_words=3, reward_max_words=8, **settings,
    )  # fmt: skip
    result = train(spec, Recorder())
    assert result.mean_reward_after > result.mean_reward_before + 0.1
