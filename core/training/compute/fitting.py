"""Batches that fit into memory: when it runs out, they are halved and what failed is computed again.

Gradients are accumulated over more, smaller batches, so a step still learns from the same examples. What is computed
again must start from the weights as they were: the optimizer's step is no part of it.
"""

import gc
from collections.abc import Callable
from typing import TypeVar

import torch

from core.errors import TrainingError
from core.reporting import Reporter
from core.specs import TrainSpec
from core.training.objectives.objective import AnyExample
from core.training.run.checkpoints import RunState

Result = TypeVar("Result")

_NO_MEMORY = (
    "DefaultCPUAllocator: can't allocate memory",
    "CUDA error: out of memory",  # of the driver: pinned and paged memory, or a context
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)
"""How else than by an OutOfMemoryError PyTorch says it."""


class FittingBatches:
    """Splits batches into parts of at most `state.batch_size` examples, which it lowers; checkpoints remember it."""

    def __init__(self, spec: TrainSpec, state: RunState, reporter: Reporter):
        """A batch is halved, too, for each time that the kernel killed the run's process for lack of memory.

        One example cannot be halved; but other programs may have taken the memory, so the run is not given up here.
        """
        self._spec, self._state, self._reporter = spec, state, reporter
        for _ in range(state.memory_deaths, reporter.memory_deaths):
            if (size := state.batch_size or spec.batch_size) > 1:
                self._halve(size, "the kernel killed the process")
        state.memory_deaths = max(state.memory_deaths, reporter.memory_deaths)

    def split(self, batch: list[AnyExample]) -> list[list[AnyExample]]:
        """The batch, in as many parts as memory asks for."""
        size = self._state.batch_size or len(batch)
        return [batch[start : start + size] for start in range(0, len(batch), size)]

    def compute(self, computation: Callable[[], Result], batches: list[list[AnyExample]]) -> Result:
        """What `computation` returns. It splits these `batches` and is called again whenever memory runs out.

        Raises TrainingError if one example alone is too much.
        """
        while True:
            try:
                return computation()
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                reason = (str(error) or "no memory").splitlines()[0]
            # Outside the handler: its traceback holds every tensor of the failed pass.
            largest = max(len(part) for batch in batches for part in self.split(batch))
            if largest == 1:
                longest = max(one.length for batch in batches for one in batch)
                raise too_little_memory(self._spec, reason, longest)
            self._halve(largest, reason)

    def _halve(self, largest: int, reason: str) -> None:
        self._state.batch_size = (largest + 1) // 2
        free_memory()
        effective = self._spec.batch_size * self._spec.gradient_accumulation_steps
        self._reporter.event(
            f"Memory ran out after step {self._state.step}: {self._state.batch_size} examples are computed at a time "
            f"instead of {largest}. A step still learns from {effective}.",
            reason=reason,
            batch_size=self._state.batch_size,
            remedy="Nothing to do: it goes on. Next time, a smaller batch size and more accumulation avoid it.",
        )


def is_out_of_memory(error: RuntimeError | MemoryError) -> bool:
    """Whether PyTorch or Python could not get memory, from the GPU or the machine."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(said in str(error) for said in _NO_MEMORY)


def free_memory() -> None:
    """Free what nothing refers to any more: models are in reference cycles, and PyTorch keeps freed GPU memory."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def too_little_memory(spec: TrainSpec, reason: str, longest: int | None = None) -> TrainingError:
    """The error when nothing is left to halve. `longest`: one example of so many tokens alone is too much."""
    what = f" even for one example of {longest} tokens" if longest else ""
    where = "The GPU ran out of memory" if torch.cuda.is_available() else "Memory ran out"
    lower = [f"the longest example (now {spec.max_seq_length} tokens)"]
    if spec.tuning == "adapter":
        lower.append(f"the LoRA rank (now {spec.lora_r})")
    if not longest:
        lower.insert(0, f"the batch size (now {spec.batch_size}; raise gradient accumulation to make up for it)")
    instead = []
    if spec.tuning == "full":
        instead.append("train an adapter instead of all weights")
    elif not spec.load_in_4bit:
        instead.append("load the base in 4 bits")
    if spec.gradient_checkpointing is not True:
        instead.append("switch gradient checkpointing on")
    return TrainingError(
        f"{where}{what}: {reason}",
        f"Lower {', '.join(lower[:-1])}{' or ' if lower[1:] else ''}{lower[-1]}"
        + (f"; or {', or '.join(instead)}." if instead else "."),
    )
