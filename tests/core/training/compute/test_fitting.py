"""When memory runs out, batches are halved, nothing is applied twice, and one example alone says what to lower."""

import numpy as np
import pytest
import torch

from core.errors import TrainingError
from core.training.compute.fitting import FittingBatches, is_out_of_memory
from core.training.objectives.examples import TokenizedExample
from core.training.run.checkpoints import RunState
from tests.core.training.runs import changed

EXAMPLES = [TokenizedExample(np.arange(number + 2), 1) for number in range(8)]


class _Gpu:
    """Has room for `room` examples at a time."""

    def __init__(self, fitting: FittingBatches, room: int, error: type[Exception] = torch.OutOfMemoryError):
        self.fitting, self.room, self.error = fitting, room, error
        self.computed: list[int] = []

    def step(self) -> int:
        self.computed = []
        for part in self.fitting.split(EXAMPLES):
            if len(part) > self.room:
                raise self.error("CUDA out of memory. Tried to allocate 9 GiB.\n…")
            self.computed.append(len(part))
        return sum(self.computed)


def test_a_batch_is_halved_until_it_fits_and_a_resumed_run_starts_there(spec, recorder):
    state = RunState(step=4)
    gpu = _Gpu(FittingBatches(spec, state, recorder), room=3)
    assert gpu.fitting.compute(gpu.step, [EXAMPLES]) == 8
    assert gpu.computed == [2, 2, 2, 2] and state.batch_size == 2
    assert [event[:60] for event in recorder.events] == [
        "Memory ran out after step 4: 4 examples are computed at a ti",
        "Memory ran out after step 4: 2 examples are computed at a ti",
    ]
    assert "a step still learns from 4" in recorder.events[-1].lower()
    resumed = _Gpu(FittingBatches(spec, state, recorder), room=3)
    assert resumed.fitting.compute(resumed.step, [EXAMPLES]) == 8 and len(recorder.events) == 2


def test_a_run_that_the_kernel_killed_goes_on_with_half_a_batch_and_once_only(spec, recorder):
    spec, state = changed(spec, batch_size=8), RunState(step=4)
    recorder.memory_deaths = 2
    assert [len(part) for part in FittingBatches(spec, state, recorder).split(EXAMPLES)] == [2, 2, 2, 2]
    FittingBatches(spec, state, recorder)
    assert (state.batch_size, state.memory_deaths, len(recorder.events)) == (2, 2, 2)
    recorder.memory_deaths = 4
    FittingBatches(spec, state, recorder)
    assert (state.batch_size, state.memory_deaths, len(recorder.events)) == (1, 4, 3)


def test_one_example_too_large_names_what_to_lower(spec, recorder):
    gpu = _Gpu(FittingBatches(spec, RunState(), recorder), room=0)
    with pytest.raises(TrainingError, match="even for one example of 9 tokens") as failed:
        gpu.fitting.compute(gpu.step, [EXAMPLES])
    assert "longest example (now 128 tokens)" in failed.value.remedy and "rank (now 4)" in failed.value.remedy
    assert "gradient checkpointing" in failed.value.remedy and "batch size" not in failed.value.remedy
    full = changed(spec, tuning="full", load_in_4bit=False, gradient_checkpointing=True)
    gpu = _Gpu(FittingBatches(full, RunState(), recorder), room=0)
    with pytest.raises(TrainingError) as failed:
        gpu.fitting.compute(gpu.step, [EXAMPLES])
    assert "train an adapter instead" in failed.value.remedy and "checkpointing" not in failed.value.remedy


def test_the_machines_own_memory_counts_and_other_errors_do_not(spec, recorder):
    def allocate():
        torch.empty(1 << 60, dtype=torch.uint8)

    with pytest.raises(TrainingError, match="Memory ran out even for one example"):
        FittingBatches(spec, RunState(), recorder).compute(allocate, [EXAMPLES[:1]])
    gpu = _Gpu(FittingBatches(spec, RunState(), recorder), room=0, error=RuntimeError)
    python = _Gpu(FittingBatches(spec, RunState(), recorder), room=4, error=MemoryError)
    assert python.fitting.compute(python.step, [EXAMPLES]) == 8 and python.computed == [4, 4]
    with pytest.raises(RuntimeError, match="9 GiB"):
        gpu.fitting.compute(gpu.step, [EXAMPLES])


@pytest.mark.parametrize("said", ["CUDA error: out of memory", "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when …"])
def test_memory_that_the_driver_or_a_library_lacks_counts_too(said):
    assert is_out_of_memory(RuntimeError(f"{said}\nCompile with TORCH_USE_CUDA_DSA."))
    assert not is_out_of_memory(RuntimeError("CUDA error: an illegal memory access was encountered"))
