"""Several devices take the steps of one: two processes on the CPU, joined by gloo."""

import os
import signal
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.errors import InputError, TrainingError
from core.machine import Machine
from core.reporting import Stopped
from core.specs import StopRequest
from core.training.devices import peers
from core.training.devices.team import SeveralDevices, Team
from core.training.train import train
from tests.core.training.runs import Recorder, changed, pairs_about_illnesses, save_dataset, small_spec

_ALL_WEIGHTS = {"tuning": "full", "load_in_4bit": False, "learning_rate": 1e-3}


@pytest.fixture
def two(tiny_model, tmp_path, monkeypatch):
    """A run on two devices, without dropout, whose draws differ by device."""
    monkeypatch.setenv("TUNEWRIGHT_CPU_DEVICES", "2")
    return changed(small_spec(tiny_model, tmp_path), devices=2, lora_dropout=0, merge_adapters=False)


@pytest.mark.long
@pytest.mark.parametrize(
    "values",
    [
        pytest.param({}, id="SFT"),
        pytest.param({"method": "dpo", "load_in_4bit": False}, id="DPO"),
        pytest.param({"method": "kto", "load_in_4bit": False}, id="KTO"),
        pytest.param(_ALL_WEIGHTS, id="all weights"),
    ],
)
def test_two_devices_take_the_same_steps_as_one(two, tmp_path, values):
    if "method" in values:
        rows = pairs_about_illnesses(14)
        values = values | {"dataset": str(save_dataset(tmp_path / "pairs", train=rows[:10], validation=rows[10:]))}
    spec, both, one = changed(two, max_steps=6, **values), Recorder(), Recorder()
    train(spec, both)
    train(changed(spec, devices=1, output_dir=str(tmp_path / "one")), one)
    assert_same_steps(both, one)
    ours, theirs = (_weights(Path(folder) / "final") for folder in (spec.output_dir, tmp_path / "one"))
    assert ours.keys() == theirs.keys()
    for name, weight in ours.items():
        torch.testing.assert_close(weight, theirs[name], rtol=1e-3, atol=1e-4)


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(next(folder.glob("*model.safetensors")))


def test_memory_that_runs_out_where_devices_meet_is_not_tried_again(two, monkeypatch):
    tried = []

    def no_room(team, weights):
        tried.append(1)
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(Team, "add_up_gradients", no_room)
    with pytest.raises(TrainingError, match="CUDA out of memory"):
        train(changed(two, devices=1), Recorder())
    assert tried == [1]


class _PausedAtTheThird(Recorder):
    def stop_requested(self):
        return StopRequest.PAUSE if max((step for _, step in self.series), default=0) >= 3 else None


@pytest.mark.long
def test_two_devices_pause_and_resume(two, tmp_path):
    paused, resumed, one = _PausedAtTheThird(), Recorder(), Recorder()
    with pytest.raises(Stopped):
        train(two, paused)
    resumed.series = paused.series
    assert train(two, resumed).resumed_from == 3
    train(changed(two, devices=1, output_dir=str(tmp_path / "one")), one)
    assert_same_steps(resumed, one)


@pytest.mark.long
def test_two_devices_stop_early_together_though_one_saw_the_first_validations(two):
    still = changed(two, learning_rate=1e-12, eval_steps=1, early_stopping_patience=3)
    with pytest.raises(Stopped):
        train(still, _PausedAtTheThird())
    result = train(still, Recorder())
    assert (result.resumed_from, result.steps) == (3, 4) and "in 3 validations" in result.ended_early


def assert_same_steps(ours: Recorder, theirs: Recorder):
    assert list(ours.steps_of("loss")) == [1, 2, 3, 4, 5, 6]
    for name in ("loss", "eval_loss", "grad_norm"):
        assert ours.steps_of(name) == pytest.approx(theirs.steps_of(name), rel=1e-4)


@pytest.mark.long
def test_a_device_that_dies_ends_the_run_with_its_cause(two, monkeypatch):
    started = []

    class Watched(peers._Peer):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            started.append(self._process)

    class KillsTheOther(Recorder):
        def metric(self, step, **values):
            if step == 2:
                os.kill(started[0].pid, signal.SIGKILL)

    monkeypatch.setattr(peers, "_Peer", Watched)
    with pytest.raises(TrainingError, match="process of device 1 was ended by SIGKILL"):
        train(two, KillsTheOther())
    assert started[0].poll() is not None


def test_more_devices_than_the_machine_has_are_refused(two, monkeypatch):
    monkeypatch.setattr("core.machine.this_machine", lambda: Machine(8 * 10**9, 10**9, gpus=2))
    with pytest.raises(InputError, match="devices is 3, but this machine has 2 GPUs") as told:
        train(changed(two, devices=3), Recorder())
    assert told.value.remedy == "Set devices to 2."
    monkeypatch.setattr("core.machine.this_machine", lambda: Machine(8 * 10**9, 0))
    monkeypatch.delenv("TUNEWRIGHT_CPU_DEVICES")
    with pytest.raises(InputError, match="has no GPU"):
        train(two, Recorder())


@pytest.mark.parametrize("size", [2, 3, 5])
@pytest.mark.parametrize("batches", [[[1, 2, 3, 4], [5, 6, 7, 8], [9]], [[1]], []])
@pytest.mark.parametrize("divisible", [True, False])
def test_the_shares_of_all_devices_are_the_whole_and_no_batch_grows(size, batches, divisible):
    team = [SeveralDevices(rank, size, torch.device("cpu"), lambda: None) for rank in range(size)]
    shares = [device.share(batches, divisible) for device in team]
    got = [item for share in shares for batch in share for item in batch]
    assert sorted(got) == [item for batch in batches for item in batch]
    assert all(len(batch) <= 4 for share in shares for batch in share)
    if not divisible:
        assert all(batch in batches for share in shares for batch in share)
    assert Team().share(batches, divisible) == batches
    assert len({device.seed(42) for device in team}) == size and team[0].seed(42) == 42
