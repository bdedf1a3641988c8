"""The child process in which one model is measured: `python -m core.benchmark.measure_speed REQUEST`, a JSON file."""

import json
import sys
import time
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from core.benchmark.timing import peak_memory_bytes, time_answers, time_batches
from core.errors import TunewrightError
from core.inference.prompts.llama_prompter import LlamaPrompter
from core.models.references import ModelLocation
from core.processes.ending import end

if TYPE_CHECKING:
    from core.inference.engine import Engine

PROMPT_TOKENS = 64
PROMPT = (
    "A reader asks how a small harbour town gets its fish to the city before breakfast. Explain it step by step: when "
    "the boats come in, who sorts and weighs the catch, how it is kept cold on the way, which road the lorries take, "
    "what happens when there is fog, and what a kilogram of plaice costs at each stage. End with one sentence about "
    "what has changed in the last twenty years, and one about what has not."
)
"""Every model reads its first PROMPT_TOKENS tokens, by its own tokenizer."""


def main(request_path: str) -> None:
    """Measure the `location` of a request with `threads`, `new_tokens` and `repeats`; write the figures or `error`."""
    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    try:
        answer = _measure(
            ModelLocation(**request["location"]), request["threads"], request["new_tokens"], request["repeats"]
        )
    except TunewrightError as error:
        answer = {"error": error.message}
    Path(request["answer"]).write_text(json.dumps(answer), encoding="utf-8")


def _measure(location: ModelLocation, threads: int, new_tokens: int, repeats: int) -> dict:
    from core.inference.open_engine import open_engine

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
    figures |= _batches(engine, prompt)
    engine.close()
    return figures


def _batches(engine: "Engine", prompt: list[int]) -> dict:
    """The best batch; nothing for a model in Transformers that only answers in batches of a fixed composition."""
    if isinstance(engine, LlamaPrompter):
        from core.inference.batches.llama_sequences import LlamaSequences

        return time_batches(lambda size: closing(LlamaSequences(engine, [], 0, size)), prompt)
    from core.inference.batches.transformers_sequences import TransformersSequences, attends_to_all

    if not attends_to_all(engine.loaded):
        return {}
    return time_batches(lambda size: nullcontext(TransformersSequences(engine.loaded, [], 0, size)), prompt)


def _import_libraries(location: ModelLocation) -> None:
    """Import the libraries before the clock starts: load time is the model's alone."""
    if location.kind == "gguf":
        import core.gguf.llama  # noqa: F401
    else:
        import peft  # noqa: F401
        from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: F401


def _peak_gpu_memory_bytes(location: ModelLocation) -> int | None:
    """Peak GPU memory that PyTorch reserved; None without a GPU, and for llama.cpp, which does not report it."""
    if location.kind == "gguf":
        return None
    import torch

    return torch.cuda.max_memory_reserved() if torch.cuda.is_available() else None


if __name__ == "__main__":
    main(sys.argv[1])
    end()
