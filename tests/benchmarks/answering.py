"""Answers to 500 questions one by one and as an evaluation has them written, many at once: seconds, and whether equal.

SmolLM2 and the starter in Transformers beside `generate`, both in float32; a GGUF of SmolLM2 in llama.cpp beside
llama-cpp-python's `Llama`. Each side in a process of its own, in turns on a quarter of the questions at a time, so that
what else the machine does falls on both alike. Where a greedy answer differs, the two likeliest tokens at the first
other token are shown: closer than 0.001, only rounding decides.

usage: python -m tests.benchmarks.answering [--examples N] [--new-tokens N] [--only transformers-smollm2 ...]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

EXAMPLES, NEW_TOKENS, TURNS = 500, 64, 4
TIE = 1e-3
_MARK = "answer: "
CASES = {
    "transformers-smollm2": ("smollm2-135m", None),
    "transformers-starter": ("starter", None),
    "gguf-smollm2": ("smollm2-135m", "q8_0"),
}


def measure(
    examples: int = EXAMPLES, new_tokens: int = NEW_TOKENS, only: tuple[str, ...] = tuple(CASES)
) -> dict[str, dict[str, float]]:
    """Seconds of both sides of each case, and the equal answers; the differing ones are printed with their gaps."""
    ours, one_by_one = {}, {}
    with tempfile.TemporaryDirectory() as place:
        for case in only:
            model, gguf_type = CASES[case]
            path = _gguf(model, gguf_type, Path(place)) if gguf_type else model
            sides = {side: _Side(side, str(path), new_tokens) for side in ("many", "one")}
            prompts = sides["many"].ask({"questions": _questions(examples)})["prompts"]
            seconds, answers = dict.fromkeys(sides, 0.0), {side: [] for side in sides}
            for start in range(0, examples, turn := -(-examples // TURNS)):
                for side, child in sides.items():
                    told = child.ask({"prompts": prompts[start : start + turn]})
                    seconds[side] += told["seconds"]
                    answers[side] += told["answers"]
            print(f"{case}: {_compared(sides['one'], prompts, answers)}", file=sys.stderr, flush=True)
            for child in sides.values():
                child.close()
            ours[f"{case}: seconds"], one_by_one[f"{case}: seconds"] = seconds["many"], seconds["one"]
            equal = sum(many == one for many, one in zip(answers["many"], answers["one"], strict=True))
            ours[f"{case}: equal answers, of {examples}"] = equal
    return {"one by one": one_by_one, "many at once": ours}


def _compared(one_by_one: "_Side", prompts: list[list[int]], answers: dict[str, list[list[int]]]) -> str:
    """How many answers are equal, and the gaps between the likeliest two tokens where the others part."""
    gaps = {}
    for place, (many, one) in enumerate(zip(answers["many"], answers["one"], strict=True)):
        if many != one:
            at = next((at for at, pair in enumerate(zip(many, one, strict=False)) if pair[0] != pair[1]), None)
            at = min(len(many), len(one)) if at is None else at
            gaps[place] = one_by_one.ask({"gap_after": [*prompts[place], *one[:at]]})["gap"]
    tokens = sum(map(len, answers["one"]))
    told = f"{len(prompts) - len(gaps)} of {len(prompts)} answers equal, {tokens} tokens"
    listed = ", ".join(f"{place}: {gap:.2g}" for place, gap in gaps.items())
    close = sum(gap < TIE for gap in gaps.values())
    return told + (f"; {close} of {len(gaps)} gaps below {TIE}: {listed}" if gaps else "")


def _questions(examples: int) -> list[str]:
    """Questions of the samples; every fourth goes with three others before it, so that lengths differ."""
    from core.data.samples import make_samples

    asked = [row["instruction"] for row in make_samples("healthcare", examples, seed=1)]
    return [" ".join(asked[max(0, at - 3) : at + 1]) if at % 4 == 3 else text for at, text in enumerate(asked)]


def _gguf(model: str, gguf_type: str, folder: Path) -> Path:
    from core.gguf.convert import convert_to_gguf
    from core.gguf.quantize import quantize_gguf
    from core.models.references import locate
    from core.specs import GgufType

    plain, made = folder / "f16.gguf", folder / f"{gguf_type}.gguf"
    convert_to_gguf(Path(locate(model).path), plain)
    quantize_gguf(plain, made, GgufType(gguf_type))
    return made


class _Side:
    """A child process that answers `many` prompts at once, or `one` by one; it is asked in lines of JSON."""

    def __init__(self, side: str, model: str, new_tokens: int):
        command = [sys.executable, "-m", "tests.benchmarks.answering", "--child", side, model, str(new_tokens)]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question: dict) -> dict:
        self._child.stdin.write(json.dumps(question) + "\n")
        self._child.stdin.flush()
        for line in self._child.stdout:  # libraries print too
            if line.startswith(_MARK):
                return json.loads(line.removeprefix(_MARK))
        raise RuntimeError("The child process died.")

    def close(self) -> None:
        self._child.stdin.close()
        self._child.wait()


def _child(side: str, model: str, new_tokens: int) -> None:
    kind = _Llama if model.endswith(".gguf") else _Transformers
    answers = kind(model, new_tokens)
    for line in sys.stdin:
        print(_MARK + json.dumps(_told(answers, side, json.loads(line))), flush=True)


def _told(answers: "_Transformers | _Llama", side: str, asked: dict) -> dict:
    if "questions" in asked:
        return {"prompts": [answers.encode([{"role": "user", "content": text}]) for text in asked["questions"]]}
    if "gap_after" in asked:
        second, first = sorted(answers.logits(asked["gap_after"]).tolist())[-2:]
        return {"gap": first - second}
    began = time.perf_counter()
    found = getattr(answers, side)(asked["prompts"])
    return {"seconds": time.perf_counter() - began, "answers": found}


class _Transformers:
    def __init__(self, model: str, new_tokens: int):
        from core.inference.transformers_model import TransformersModel
        from core.models.precision import exact_dtype
        from core.models.references import locate

        location = locate(model)
        self._loaded, self._new_tokens = TransformersModel(location, precision=exact_dtype(location)), new_tokens

    def encode(self, messages: list[dict]) -> list[int]:
        from core.examples.prompting import prompt_ids

        return prompt_ids(self._loaded.tokenizer, messages)

    def many(self, prompts: list[list[int]]) -> list[list[int]]:
        from core.inference.batches.transformers_sequences import TransformersSequences

        return _many(TransformersSequences(self._loaded, prompts, 0), prompts, self._new_tokens)

    def one(self, prompts: list[list[int]]) -> list[list[int]]:
        import torch

        found, ends = [], self._loaded.end_ids
        for prompt in prompts:
            ids = torch.tensor([prompt])
            with torch.inference_mode():
                whole = self._loaded.model.generate(
                    ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=self._new_tokens,
                    eos_token_id=[*ends], pad_token_id=0,
                )  # fmt: skip
            answer = whole[0, len(prompt) :].tolist()
            found.append(answer[:-1] if answer[-1] in ends else answer)
        return found

    def logits(self, ids: list[int]):
        import torch

        with torch.inference_mode():
            return self._loaded.model(torch.tensor([ids]), logits_to_keep=1).logits[0, -1]


class _Llama:
    def __init__(self, model: str, new_tokens: int):
        self._path, self._new_tokens, self._alone, self._engine = model, new_tokens, None, None

    def _opened(self):
        """Our engine: for answers of many, and for its chat template and end tokens."""
        if not self._engine:
            from core.inference.llama_engine import LlamaEngine
            from core.models.references import locate

            self._engine = LlamaEngine(locate(self._path))
            self._ends = {token for token in range(self._engine.model.vocabulary_size) if self._engine.ends(token)}
        return self._engine

    def _llama(self):
        if not self._alone:
            from llama_cpp import Llama

            self._alone = Llama(self._path, n_ctx=2048, n_threads=_threads(), n_threads_batch=_threads(), verbose=False)
        return self._alone

    def encode(self, messages: list[dict]) -> list[int]:
        return self._opened().encode(messages)

    def many(self, prompts: list[list[int]]) -> list[list[int]]:
        from core.inference.batches.llama_sequences import LlamaSequences

        with closing(LlamaSequences(self._opened(), prompts, 0, None)) as sequences:
            return _many(sequences, prompts, self._new_tokens)

    def one(self, prompts: list[list[int]]) -> list[list[int]]:
        alone, found = self._llama(), []
        for prompt in prompts:
            answer = []
            for token in alone.generate(prompt, temp=0, top_k=1, repeat_penalty=1.0):
                if self._ended(token) or len(answer) == self._new_tokens:
                    break
                answer.append(token)
            found.append(answer)
        return found

    def _ended(self, token: int) -> bool:
        from llama_cpp import llama_cpp as native

        return native.llama_vocab_is_eog(native.llama_model_get_vocab(self._llama().model), token)

    def logits(self, ids: list[int]):
        import numpy as np
        from llama_cpp import llama_cpp as native

        alone = self._llama()
        alone.reset()
        alone.eval(ids)
        return np.ctypeslib.as_array(native.llama_get_logits_ith(alone.ctx, -1), shape=(alone.n_vocab(),)).copy()


def _many(sequences, prompts: list[list[int]], new_tokens: int) -> list[list[int]]:
    """Token ids of the answers, which an evaluation gets as texts."""
    from core.inference.batches.answer_many import answer_many

    sequences.text = json.dumps
    found = {}
    for batch in answer_many(sequences, prompts, new_tokens, [0] * len(prompts), lambda _share: None):
        found |= batch
    return [json.loads(found[place].text) for place in range(len(prompts))]


def _threads() -> int:
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given else os.cpu_count()


def main() -> None:
    """As the usage says; prints one JSON object as its last line."""
    if sys.argv[1:2] == ["--child"]:
        return _child(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    options = argparse.ArgumentParser()
    options.add_argument("--examples", type=int, default=EXAMPLES)
    options.add_argument("--new-tokens", type=int, default=NEW_TOKENS)
    options.add_argument("--only", nargs="+", choices=CASES, default=tuple(CASES))
    asked = options.parse_args()
    figures = measure(asked.examples, asked.new_tokens, tuple(asked.only))
    alone, many = figures["one by one"], figures["many at once"]
    for name, seconds in alone.items():
        print(f"{name}: {seconds:.1f} one by one, {many[name]:.1f} many at once, ratio {seconds / many[name]:.2f}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
