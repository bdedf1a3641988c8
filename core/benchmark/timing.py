"""Times how fast a loaded model answers, and reads how much memory its process took."""

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.inference.engine import Engine


def time_answers(engine: "Engine", prompt: list[int], new_tokens: int, repeats: int) -> dict[str, float]:
    """Medians over `repeats`: seconds to the first token, and tokens per second for the `new_tokens` after it.

    Decoding is greedy and ignores end-of-sequence tokens, so that every model does the same work. An untimed warm-up
    touches all weights once.
    """
    _time_answer(engine, prompt, 1)
    runs = [_time_answer(engine, prompt, new_tokens) for _ in range(repeats)]
    first_seconds, later_seconds = (statistics.median(column) for column in zip(*runs, strict=True))
    return {
        "time_to_first_token_s": round(first_seconds, 5),
        "tokens_per_second": round(new_tokens / later_seconds, 1),
    }


def _time_answer(engine: "Engine", prompt: list[int], new_tokens: int) -> tuple[float, float]:
    """Seconds to the first token, and seconds for `new_tokens` after it."""
    engine.reset()
    began = time.perf_counter()
    token = int(engine.read(prompt).argmax())
    first = time.perf_counter()
    for _ in range(new_tokens):
        token = int(engine.read([token]).argmax())
    return first - began, time.perf_counter() - first


def peak_memory_bytes() -> int:
    """Peak resident memory of this process. (`getrusage` would include its parent's memory from before the fork.)"""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
