"""Scores a GGUF with llama.cpp, one example at a time. llama.cpp may end the process: only for child processes."""

import json

import numpy as np

from core.errors import InputError, UnavailableError
from core.evaluation.scorers import AnswerLosses, OnDone
from core.examples.example import conversation, shape_of
from core.inference.engine import LlamaEngine
from core.inference.sampling import Sampler
from core.inference.settings import SamplingSettings
from core.models.references import ModelLocation
from core.specs import Shape


class GgufScorer:
    """A ScoredModel that is a GGUF; its own tokenizer and chat template make the token ids."""

    precision = "as stored in the file"

    def __init__(self, location: ModelLocation):
        self._engine = LlamaEngine(location)
        self.context_length = self._engine.context_length
        end = self._engine.model.special_tokens()["eos_token"]
        self._end = self._engine.model.tokenize(end, parse_special=True)
        if not self._end:
            raise InputError(f"{location.label} names no end token.", "Export the model again.")

    def encode(self, example: dict) -> tuple[list[int], list[int]]:
        """The token ids of an example's prompt and of its answer; a text is all answer but its first token."""
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
        settings = SamplingSettings(temperature=temperature, top_p=1, seed=seed)
        return [self._answer(prompt, max_new_tokens, Sampler(settings), done) for prompt in prompts]

    def _answer(self, prompt: list[int], max_new_tokens: int, sampler: Sampler, done: OnDone) -> str:
        limit = min(max_new_tokens, self.context_length - len(prompt))
        decode, text = self._engine.decoder(), ""
        self._engine.reset()
        logits = self._engine.read(prompt)
        for taken in range(1, limit + 1):
            token = sampler.choose(logits)
            if self._engine.ends(token):
                done(1 - (taken - 1) / limit)
                break
            text += decode(token)
            if self._engine.end_text and self._engine.end_text in text:
                done(1 - (taken - 1) / limit)
                return text.partition(self._engine.end_text)[0]
            done(1 / limit)
            if taken < limit:
                logits = self._engine.read([token])
        return text

    def close(self) -> None:
        """See ScoredModel."""
        self._engine.close()
