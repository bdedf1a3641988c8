"""Scores a GGUF with llama.cpp, one example at a time. llama.cpp can abort the process: only for child processes."""

import json

import numpy as np

from core.errors import InputError, UnavailableError
from core.evaluation.scorers import AnswerLosses, OnDone
from core.examples.example import conversation, shape_of
from core.inference.llama_engine import LlamaEngine
from core.inference.settings import SamplingSettings
from core.models.references import ModelLocation
from core.specs import Shape


class GgufScorer:
    """A ScoredModel that is a GGUF; the file's own tokenizer and chat template make the token ids."""

    precision = "as stored in the file"

    def __init__(self, location: ModelLocation):
        self._engine = LlamaEngine(location)
        self.context_length = self._engine.context_length
        end = self._engine.model.special_tokens()["eos_token"]
        self._end = self._engine.model.tokenize(end, parse_special=True)
        if not self._end:
            raise InputError(f"{location.label} names no end-of-sequence token.", "Export the model again.")

    def encode(self, example: dict) -> tuple[list[int], list[int]]:
        """The token ids of an example's prompt and of its answer; of a text, all but the first token are the answer."""
        if shape_of(example) is Shape.TEXT:
            ids = self._engine.text_ids(example["text"]) + self._end
            return ids[:1], ids[1:]
        messages, tools = conversation(example), json.loads(example.get("tools") or "[]")
        written = self._engine.template.turns.written(messages, tools, earlier=False)
        answer = self._engine.piece_ids(written.answer, parse_special=not written.is_plain)
        end = self._engine.piece_ids(written.end, parse_special=True)
        return self._engine.encode(messages[:-1], tools=tools), answer + end

    def answer_losses(self, prompts: list[list[int]], answers: list[list[int]], done: OnDone) -> AnswerLosses:
        """See ScoredModel."""
        losses, correct = [], []
        for prompt, answer in zip(prompts, answers, strict=True):
            self._engine.reset()
            logits = self._engine.read(prompt)[None]
            if len(answer) > 1:
                logits = np.vstack([logits, self._engine.model.read(answer[:-1], every_position=True)])
            logits = logits.astype(np.float64)
            highest = logits.max(axis=1)
            if not np.isfinite(highest).all():
                raise UnavailableError("The model's output is not a number.", "Export the model again.")
            totals = highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))
            losses.append(float((totals - logits[np.arange(len(answer)), answer]).sum()))
            correct.append(int((logits.argmax(axis=1) == answer).sum()))
            done(1)
        return AnswerLosses(losses, [len(answer) for answer in answers], correct)

    def generate(
        self, prompts: list[list[int]], max_new_tokens: int, temperature: float, seed: int, done: OnDone
    ) -> list[str]:
        """See ScoredModel."""
        settings = SamplingSettings(temperature=temperature, top_p=1, max_tokens=max_new_tokens, seed=seed)
        return self._engine.answer_all(prompts, settings, done)

    def close(self) -> None:
        """See ScoredModel."""
        self._engine.close()
