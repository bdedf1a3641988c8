"""Batches in halves: every example once, the same steps as unsplit batches, and bit-reproducible runs."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.errors import TrainingError
from core.training.compute.halves import in_halves
from core.training.objectives import supervised
from core.training.objectives.examples import TokenizedExample
from core.training.train import train
from tests.core.training.runs import Recorder, changed

_IN_HALVES = {"lora_dropout": 0.0, "gradient_accumulation_steps": 1}
"""Settings with which batches are split in halves."""


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def _example(tokens: int) -> TokenizedExample:
    return TokenizedExample(np.zeros(tokens, np.int32), 1)


@pytest.mark.parametrize(
    ("lengths", "closest"),
    [([9], 0), ([3, 8], 5), ([1, 2, 3], 0), ([10, 20, 30, 40], 0), ([4, 5, 6, 7, 8], 0), (list(range(1, 10)), 1)],
)
def test_every_example_is_in_one_half_and_halves_are_as_equally_long_as_can_be(lengths, closest, two_threads):
    sums = []

    def tokens_of(half):
        sums.append(sum(len(example.ids) for example in half))
        return sums[-1]

    with in_halves() as each:
        assert sum(each(tokens_of, [_example(length) for length in lengths])) == sum(lengths)
    assert len(sums) == min(2, len(lengths))
    assert max(sums) - min(sums) == closest


@pytest.mark.long
@pytest.mark.parametrize("accumulated", [1, 2])
def test_a_run_in_halves_takes_the_same_steps_and_is_bit_reproducible(spec, tmp_path, accumulated):
    runs, settings = {}, _IN_HALVES | {"gradient_accumulation_steps": accumulated}
    for name, threads in (("whole", 1), ("halves", 2), ("again", 2)):
        torch.set_num_threads(threads)
        recorder, folder = Recorder(), tmp_path / name
        train(changed(spec, output_dir=str(folder), batch_size=4, **settings), recorder)
        runs[name] = recorder.steps_of("loss"), load_file(Path(folder) / "final" / "adapter_model.safetensors")
    torch.set_num_threads(1)
    whole, halves, again = runs.values()
    assert halves[0] == again[0]
    assert all(torch.equal(weight, again[1][name]) for name, weight in halves[1].items())
    assert halves[0] == pytest.approx(whole[0], rel=1e-3)


@pytest.mark.parametrize(
    ("changes", "whole"),
    [
        ({}, False),
        ({"gradient_accumulation_steps": 2}, False),
        # Halves would be added to an earlier batch's gradient, of which full fine-tuning has no room for two.
        ({"gradient_accumulation_steps": 2, "tuning": "full", "load_in_4bit": False}, True),
        ({"lora_dropout": 0.1}, True),  # halves would draw from one generator
    ],
)
def test_batches_stay_whole_if_thread_timing_would_matter(spec, monkeypatch, two_threads, changes, whole):
    real, sizes = supervised.answer_loss, []

    def counted(model, batch):
        sizes.append(len(batch.inputs["segments"]))
        return real(model, batch)

    monkeypatch.setattr(supervised, "answer_loss", counted)
    train(changed(spec, batch_size=4, **(_IN_HALVES | changes)), Recorder())
    assert (max(sizes) == 4) == whole


def test_a_nan_loss_in_one_half_stops_the_run(spec, monkeypatch, two_threads):
    real = supervised.answer_loss

    def one_runs_away(model, batch):
        loss, hits = real(model, batch)
        return (loss * torch.nan if len(batch.inputs["segments"]) == 1 else loss), hits

    monkeypatch.setattr(supervised, "answer_loss", one_runs_away)
    with pytest.raises(TrainingError, match="validation loss after step 0 is not finite"):
        train(changed(spec, batch_size=3, **_IN_HALVES), Recorder())
