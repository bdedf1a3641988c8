"""In the child: reads a GGUF with llama.cpp, and measures it as it will be used."""

import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from core.benchmark.timing import peak_memory_bytes, time_answers
from core.export.probing.source import MOST_ANSWER_TOKENS

_SPEED_PROMPT_TOKENS, _SPEED_NEW_TOKENS, _SPEED_REPEATS = 64, 64, 3
_ANSWER_TOKENS = 128


def read_gguf(request: dict) -> dict:
    """The sample's token ids by the GGUF's own tokenizer and template, and its special tokens; writes the logits.

    `first` are token ids; logits are read after each. `scored` are [token ids, start]; logits are read at the positions
    that predict the tokens from `start` on. `original`, if any, is the f16 GGUF to compare weights with; `ended`, if
    any, a prompt and an answer that the source ended.
    """
    from core.gguf.weights import worst_distance
    from core.inference.llama_engine import LlamaEngine
    from core.models.references import locate

    engine = LlamaEngine(locate(request["path"]), exact=True)
    longest = engine.context_length
    tokens = {
        "texts": [engine.piece_ids(text, parse_special=True) for text in request["texts"]],
        "whole_texts": [engine.text_ids(text) for text in request["texts"]],
        "rare_texts": [engine.piece_ids(text, parse_special=True) for text in request["rare_texts"]],
        "prompts": [engine.encode(messages) for messages, _ in request["conversations"]],
    }
    rows = {"first": [], "scored": []}
    for ids in request["first"]:
        engine.reset()
        rows["first"].append(engine.read(ids[:longest])[None])
    for ids, start in request["scored"]:
        engine.reset()
        rows["scored"].append(engine.model.read(ids[:longest][:-1], every_position=True)[start - 1 :])
    np.savez(request["logits"], **{name: np.concatenate(found) for name, found in rows.items() if found})
    found = {
        "tokens": tokens,
        "special": _special_tokens(engine),
        "ends_by_itself": ends_by_itself(engine, *request["ended"]) if request["ended"] else None,
    }
    engine.close()
    if request["original"]:
        found["distance"] = asdict(worst_distance(Path(request["path"]), Path(request["original"])))
    return found


def _special_tokens(engine) -> dict:
    model = engine.model
    others = {model.metadata.get(f"tokenizer.ggml.{kind}_token_id") for kind in ("eot", "eom")} - {None}
    ends = [token for token in range(model.vocabulary_size) if model.ends(token)]
    return {"begin": model.first_token, "ends": ends, "end": model.end_token, "other_ends": sorted(others)}


def ends_by_itself(engine, prompt: list[int], answer: list[int]) -> bool:
    """Whether the greedy answer to `prompt` ends in time or, failing that, `answer` ends where the source ends it."""
    engine.reset()
    logits = engine.read(prompt)
    for _ in range(min(2 * len(answer) + MOST_ANSWER_TOKENS, engine.context_length - len(prompt))):
        token = int(logits.argmax())
        if engine.ends(token):
            return True
        logits = engine.read([token])
    engine.reset()
    return engine.ends(int(engine.read(prompt + answer).argmax()))


def measure(request: dict) -> dict:
    """Load time, speed and memory of a GGUF as it will be used, and its greedy answer to `question`."""
    from core.inference.llama_engine import LlamaEngine
    from core.inference.settings import SamplingSettings
    from core.models.references import locate

    began = time.perf_counter()
    engine = LlamaEngine(locate(request["path"]))
    speed = {"load_s": round(time.perf_counter() - began, 4)}
    answer = None
    if request["benchmark"]:
        speed |= time_answers(engine, request["prompt"][:_SPEED_PROMPT_TOKENS], _SPEED_NEW_TOKENS, _SPEED_REPEATS)
        speed["peak_memory_bytes"] = peak_memory_bytes()
    if request["question"]:
        messages = [{"role": "user", "content": request["question"]}]
        settings = SamplingSettings(temperature=0, max_tokens=_ANSWER_TOKENS)
        answer = "".join(chunk.text for chunk in engine.generate(messages, settings)).strip()
    engine.close()
    return {"speed": speed, "answer": answer}
