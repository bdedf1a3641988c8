"""Times how fast a loaded model answers, and reads how much memory its process took."""

import math
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.inference.batches.answer_many import Sequences
    from core.inference.engine import Engine

_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_BATCH_TOKENS = 16
_PAYS, _MISSES = 1.05, 2
"""No larger batch is tried once so many in a row were not so much faster than the best before."""


def time_answers(engine: "Engine", prompt: list[int], new_tokens: int, repeats: int) -> dict[str, float]:
    """Medians over `repeats`: seconds to the first token, and tokens per second for the `new_tokens` after it; and
    percentiles of the seconds from one token to the next.

    Decoding is greedy and ignores end-of-sequence tokens, so that every model does the same work. An untimed warm-up
    touches all weights once.
    """
    _time_answer(engine, prompt, 1)
    runs = [_time_answer(engine, prompt, new_tokens) for _ in range(repeats)]
    steps = sorted(seconds for _, later in runs for seconds in later)
    return {
        "time_to_first_token_s": round(statistics.median(first for first, _ in runs), 5),
        "tokens_per_second": round(new_tokens / statistics.median(sum(later) for _, later in runs), 1),
        **{f"token_p{percent}_s": round(_percentile(steps, percent), 6) for percent in (50, 95, 99)},
    }


def _percentile(ordered: list[float], percent: int) -> float:
    """The smallest value that at least `percent` of all do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def time_batches(
    open_batch: "Callable[[int], AbstractContextManager[Sequences]]", prompt: list[int]
) -> dict[str, float]:
    """The batch size with most tokens per second, and those: sizes are doubled for as long as that pays.

    Every sequence gets the same prompt, apart from its first token, and goes on whatever the model says.
    """
    best, rate, misses = 0, 0.0, 0
    for size in _BATCHES:
        with open_batch(size) as sequences:
            tokens = len(prompt) + _BATCH_TOKENS + 1
            if size > 1 and sequences.room([tokens] * size) < size:
                break  # it does not fit in memory
            found = _batch_rate(sequences, prompt, size)
        misses = misses + 1 if found < rate * _PAYS else 0
        if found > rate:
            best, rate = size, found
        if misses == _MISSES:
            break
    return {"best_batch": best, "best_batch_tokens_per_second": round(rate, 1)}


def _batch_rate(sequences: "Sequences", prompt: list[int], size: int) -> float:
    sequences.room([len(prompt) + _BATCH_TOKENS + 1] * size)
    going = sequences.step({place: ([prompt[place % len(prompt)], *prompt[1:]], 0) for place in range(size)}, {})
    began = time.perf_counter()
    for _ in range(_BATCH_TOKENS):
        going = sequences.step({}, going)
    return size * _BATCH_TOKENS / (time.perf_counter() - began)


def _time_answer(engine: "Engine", prompt: list[int], new_tokens: int) -> tuple[float, list[float]]:
    """Seconds to the first token, and seconds for each of `new_tokens` after it."""
    engine.reset()
    times = [time.perf_counter()]
    token = int(engine.read(prompt).argmax())
    times.append(time.perf_counter())
    for _ in range(new_tokens):
        token = int(engine.read([token]).argmax())
        times.append(time.perf_counter())
    first, *later = (after - before for before, after in pairwise(times))
    return first, later


def peak_memory_bytes() -> int:
    """Peak resident memory of this process. (`getrusage` would include its parent's memory from before the fork.)"""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
