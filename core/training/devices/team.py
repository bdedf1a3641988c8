"""How the processes of a run work together: each computes a share of every step, and sums are the same on all.

Losses are sums divided by the weight of the whole step, so gradients that are summed over the processes are those of
one device with the same effective batch, and no wrapper around the model is needed. All hold the same weights and take
the same steps; the first one alone listens, reports and saves.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor
from torch import distributed as dist
from torch.distributed import distributed_c10d

Item, Value = TypeVar("Item"), TypeVar("Value")
_MESSAGE_BYTES = 4096
_SEEDS_APART = 1 << 40
_GROUP_NUMBERS = 1 << 25
_POLL_SECONDS = 0.0005
_PATIENCE = timedelta(hours=12)
"""Longer than a checkpoint or an answer to a prompt takes the first process, for which the others wait. Whoever died is
noticed at once, by `watch`."""


class Team:
    """One process alone: everything is its share."""

    rank, size = 0, 1

    @property
    def leads(self) -> bool:
        """Whether this process reports and saves."""
        return self.rank == 0

    def share(self, batches: list[list[Item]], divisible: bool) -> list[list[Item]]:
        """The batches of this process: a part of each if they are `divisible`, otherwise every `size`th."""
        return batches

    def add_up_gradients(self, weights: Sequence[Tensor]) -> None:
        """Make every weight's gradient the sum over all processes."""

    def add_up(self, values: Counter) -> Counter:
        """The sum of named values over all processes."""
        return values

    def led(self, value: Value) -> Value:
        """The first process's `value`, which JSON can hold."""
        return value

    def share_weights(self, weights: Sequence[Tensor]) -> None:
        """Give every process the first one's weights."""

    def seed(self, seed: int) -> int:
        """The seed of this process, so that no two drop out the same."""
        return seed + self.rank * _SEEDS_APART


class SeveralDevices(Team):
    """One of several processes. `watch` is called while waiting for the others, and raises if one has died."""

    def __init__(self, rank: int, size: int, device: torch.device, watch: Callable[[], None]):
        self.rank, self.size = rank, size
        self._device, self._watch = device, watch

    def share(self, batches: list[list[Item]], divisible: bool) -> list[list[Item]]:
        if not divisible:
            return batches[self.rank :: self.size]
        mine = [item for batch in batches for item in batch][self.rank :: self.size]
        longest = max(map(len, batches), default=1)
        return [mine[start : start + longest] for start in range(0, len(mine), longest)]

    def add_up_gradients(self, weights: Sequence[Tensor]) -> None:
        for group in _groups(weights):
            flat = torch.cat([_gradient(weight).flatten() for weight in group])
            self._finish(dist.all_reduce(flat, async_op=True))
            parts = flat.split([weight.numel() for weight in group])
            for weight, part in zip(group, parts, strict=True):
                weight.grad = part.view_as(weight)

    def add_up(self, values: Counter) -> Counter:
        total = Counter()
        for theirs in self._told(dict(values)):
            total.update(theirs)
        return total

    def led(self, value: Value) -> Value:
        return self._told(value)[0]

    def share_weights(self, weights: Sequence[Tensor]) -> None:
        for weight in weights:
            self._finish(dist.broadcast(weight.detach(), 0, async_op=True))

    def _told(self, value: object) -> list:
        """The `value` of every process, by rank."""
        said = json.dumps(value).encode()
        if len(said) > _MESSAGE_BYTES:
            raise ValueError(f"{len(said)} bytes are too long a message between devices.")
        ours = torch.zeros(_MESSAGE_BYTES, dtype=torch.uint8)
        ours[: len(said)] = torch.frombuffer(bytearray(said), dtype=torch.uint8)
        ours = ours.to(self._device)
        all_said = [torch.empty_like(ours) for _ in range(self.size)]
        self._finish(dist.all_gather(all_said, ours, async_op=True))
        return [json.loads(bytes(theirs.tolist()).rstrip(b"\0")) for theirs in all_said]

    def _finish(self, work: dist.Work) -> None:
        """Wait for the others, but not for one that has died."""
        try:
            while not work.is_completed():
                self._watch()
                time.sleep(_POLL_SECONDS)
            work.wait()
        except RuntimeError:  # the connection broke before its end was seen
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline:
                self._watch()
                time.sleep(_POLL_SECONDS)
            raise


@contextmanager
def joined(folder: Path, rank: int, size: int, watch: Callable[[], None]) -> Iterator[SeveralDevices]:
    """The team of `size` processes that meet in `folder`, as seen by the one of `rank`."""
    on_gpu = torch.cuda.is_available()
    store = dist.FileStore(str(folder / "meeting"), size)
    dist.init_process_group("nccl" if on_gpu else "gloo", store=store, rank=rank, world_size=size, timeout=_PATIENCE)
    try:
        yield SeveralDevices(rank, size, torch.device("cuda" if on_gpu else "cpu"), watch)
    except BaseException:
        if on_gpu:  # NCCL's orderly end waits for every process, and some may be gone
            distributed_c10d._abort_process_group()
        else:
            dist.destroy_process_group()
        raise
    dist.destroy_process_group()


def _groups(weights: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """The weights in groups, so that few sums are large enough to be fast, and none takes much memory."""
    group: list[Tensor] = []
    numbers = 0
    for weight in weights:
        group.append(weight)
        numbers += weight.numel()
        if numbers >= _GROUP_NUMBERS:
            yield group
            group, numbers = [], 0
    if group:
        yield group


def _gradient(weight: Tensor) -> Tensor:
    """A process without examples in a step has none."""
    return torch.zeros_like(weight) if weight.grad is None else weight.grad
