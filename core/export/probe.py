"""The child that looks at one model for an export: its tokens, its logits, its speed, an answer of it.

Run as `python -m core.export.probe REQUEST`, a JSON file that says what to look at and where to write. Native code that
aborts on a bad file ends this process only.
"""

import json
import sys
import time
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path

import numpy as np

from core.benchmark.timing import peak_memory_bytes, time_answers

FIRST_SEQUENCES, FIRST_TOKENS = 16, 256
"""On how many texts the first logits of f16 are compared with the source's, and how much of each is read before."""
ANSWERS_TRIED, MOST_ANSWER_TOKENS = 3, 96
"""How many questions the source is asked until an answer ends by itself, and how long each may get."""
SPEED_PROMPT_TOKENS, SPEED_NEW_TOKENS, SPEED_REPEATS = 64, 64, 3
_ANSWER_TOKENS = 128


def main(request_path: str) -> None:
    """Answer one request: `look` at a `source` folder or a `gguf`, or `measure` a `gguf`."""
    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    look = {"source": look_at_source, "gguf": look_at_gguf, "speed": measure}[request["kind"]]
    Path(request["answer"]).write_text(json.dumps(look(request)), encoding="utf-8")


def look_at_source(request: dict) -> dict:
    """Tokens of the sample by the source's tokenizer, its first logits in fp32, and an answer that ends by itself."""
    import torch

    from core.examples.prompting import answer_ids, end_ids, prompt_ids
    from core.models.loading import load_model, load_tokenizer
    from core.models.references import locate

    location = locate(request["path"])
    tokenizer = load_tokenizer(location)
    tokens = {
        "texts": [tokenizer.encode(text, add_special_tokens=False) for text in request["texts"]],
        "whole_texts": [tokenizer.encode(text, split_special_tokens=True) for text in request["texts"]],
        "rare_texts": [tokenizer.encode(text, add_special_tokens=False) for text in request["rare_texts"]],
        "prompts": [prompt_ids(tokenizer, messages) for messages, _ in request["conversations"]],
        "answers": [answer_ids(tokenizer, answer) if answer else [] for _, answer in request["conversations"]],
    }
    model = load_model(location, dtype="float32")
    named = model.generation_config.eos_token_id
    ends = end_ids(tokenizer) | ({*named} if isinstance(named, list) else {named} - {None})
    special = {token for token, added in tokenizer.added_tokens_decoder.items() if added.special}
    with torch.inference_mode():
        sequences = (torch.tensor([ids], device=model.device) for ids in first_sequences(tokens))
        first = torch.stack([model(ids).logits[0, -1] for ids in sequences])
        ended = _ended_answer(model, _likely_short(tokens), ends)
    np.savez(request["logits"], first=first.float().cpu().numpy())
    limits = {"begin": tokenizer.bos_token_id, "ends": sorted(ends), "special": sorted(special)}
    return {"tokens": tokens, "ends": limits, "ended": ended}


def _likely_short(tokens: dict) -> list[list[int]]:
    """The prompts whose answers are expected to be short, then those of which nothing is known."""
    pairs = zip(tokens["prompts"], tokens["answers"], strict=True)
    return [prompt for prompt, _ in sorted(pairs, key=lambda pair: len(pair[1]) or MOST_ANSWER_TOKENS)][:ANSWERS_TRIED]


def _ended_answer(model, prompts: list[list[int]], ends: set[int]) -> list[list[int]] | None:
    """A prompt and the likeliest answer to it, the first that ends by itself."""
    import torch

    for prompt in prompts:
        past, unread, answer = None, prompt, []
        while len(answer) < MOST_ANSWER_TOKENS:
            ids = torch.tensor([unread], device=model.device)
            output = model(input_ids=ids, past_key_values=past, use_cache=True, logits_to_keep=1)
            token, past = int(output.logits[0, -1].argmax()), output.past_key_values
            if token in ends:
                return [prompt, answer]
            answer.append(token)
            unread = [token]
    return None


def first_sequences(tokens: dict) -> list[list[int]]:
    """What is read before the logits that are compared, as when an answer begins: chat prompts and texts, in turn."""
    turns = [ids for pair in zip_longest(tokens["prompts"], tokens["texts"]) for ids in pair]
    return [ids[:FIRST_TOKENS] for ids in turns if ids][:FIRST_SEQUENCES]


def look_at_gguf(request: dict) -> dict:
    """Tokens of the sample by the GGUF's own tokenizer and template, and its logits.

    `first` are token ids after which logits are wanted, `scored` are [token ids, start]: logits are wanted where the
    tokens from `start` on are predicted. `original`, if any, is the f16 GGUF that its weights are compared with;
    `ended`, if any, a prompt and an answer that the source ends.
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
        "ends": _ends_of(engine),
        "ends_by_itself": ends_by_itself(engine, *request["ended"]) if request["ended"] else None,
    }
    engine.close()
    if request["original"]:
        found["distance"] = asdict(worst_distance(Path(request["path"]), Path(request["original"])))
    return found


def _ends_of(engine) -> dict:
    model = engine.model
    others = {model.metadata.get(f"tokenizer.ggml.{kind}_token_id") for kind in ("eot", "eom")} - {None}
    ends = [token for token in range(model.vocabulary_size) if model.ends(token)]
    return {"begin": model.first_token, "ends": ends, "end": model.end_token, "others": sorted(others)}


def ends_by_itself(engine, prompt: list[int], answer: list[int]) -> bool:
    """Whether the likeliest answer to `prompt` ends in good time, or at least `answer`, where the source ends it."""
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
    """Load time, memory and speed of a GGUF as it will be used, and its answer to `question`."""
    from core.inference.llama_engine import LlamaEngine
    from core.inference.settings import SamplingSettings
    from core.models.references import locate

    began = time.perf_counter()
    engine = LlamaEngine(locate(request["path"]))
    speed = {"load_s": round(time.perf_counter() - began, 4)}
    answer = None
    if request["benchmark"]:
        speed |= time_answers(engine, request["prompt"][:SPEED_PROMPT_TOKENS], SPEED_NEW_TOKENS, SPEED_REPEATS)
        speed["peak_memory_bytes"] = peak_memory_bytes()
    if request["question"]:
        messages = [{"role": "user", "content": request["question"]}]
        settings = SamplingSettings(temperature=0, max_tokens=_ANSWER_TOKENS)
        answer = "".join(chunk.text for chunk in engine.generate(messages, settings)).strip()
    engine.close()
    return {"speed": speed, "answer": answer}


if __name__ == "__main__":
    main(sys.argv[1])
