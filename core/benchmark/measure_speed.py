"""How fast a loaded model answers and how much memory it took; and the child process in which one model is measured.

Run as `python -m core.benchmark.measure_speed REQUEST`, a JSON file that says which model, how, and where to write.
"""

import json
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import TunewrightError
from core.models.references import ModelLocation

if TYPE_CHECKING:
    from core.inference.engine import Engine

PROMPT_TOKENS = 64
PROMPT = (
    "A reader asks how a small harbour town gets its fish to the city before breakfast. Explain it step by step: when "
    "the boats come in, who sorts and weighs the catch, how it is kept cold on the way, which road the lorries take, "
    "what happens when there is fog, and what a kilogram of plaice costs at each stage. End with one sentence about "
    "what has changed in the last twenty years, and one about what has not."
)
"""Every model reads the same beginning of it: PROMPT_TOKENS of its own tokens."""


def main(request_path: str) -> None:
    """Measure the `location` of a request with `threads`, `new_tokens` and `repeats`; write figures or an error."""
    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    try:
        answer = _measure(
            ModelLocation(**request["location"]), request["threads"], request["new_tokens"], request["repeats"]
        )
    except TunewrightError as error:
        answer = {"error": error.message}
    Path(request["answer"]).write_text(json.dumps(answer), encoding="utf-8")


def _measure(location: ModelLocation, threads: int, new_tokens: int, repeats: int) -> dict:
    from core.inference.engine import open_engine

    _import_libraries(location)
    began = time.perf_counter()
    engine = open_engine(location, threads)
    load_seconds = time.perf_counter() - began
    prompt = engine.text_ids(PROMPT)[:PROMPT_TOKENS]
    new_tokens = min(new_tokens, engine.context_length - len(prompt))
    figures = time_answers(engine, prompt, new_tokens, repeats)
    figures |= {
        "load_s": round(load_seconds, 4),
        "peak_memory_bytes": peak_memory_bytes(),
        "peak_gpu_memory_bytes": _peak_gpu_memory_bytes(location),
        "new_tokens": new_tokens,
    }
    engine.close()
    return figures


def time_answers(engine: "Engine", prompt: list[int], new_tokens: int, repeats: int) -> dict[str, float]:
    """Medians over `repeats` of seconds to the first token, and of tokens per second for `new_tokens` after it.

    The likeliest token is taken each time, even one that ends an answer, so that every model does the same work. A
    short answer beforehand, not timed, touches all weights once.
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
    """The most memory this process has had at once. (`getrusage` would count what its parent had before it, too.)"""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _import_libraries(location: ModelLocation) -> None:
    """Import them before the clock starts: a model's load time is its own."""
    if location.kind == "gguf":
        import core.gguf.llama  # noqa: F401
    else:
        import peft  # noqa: F401
        from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: F401


def _peak_gpu_memory_bytes(location: ModelLocation) -> int | None:
    """What PyTorch has held of the GPU at most; None without one, and for llama.cpp, which does not tell."""
    if location.kind == "gguf":
        return None
    import torch

    return torch.cuda.max_memory_reserved() if torch.cuda.is_available() else None


if __name__ == "__main__":
    main(sys.argv[1])
