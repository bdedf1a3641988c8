"""Scores a GGUF with llama.cpp: losses one by one, many answers in one pass.

llama.cpp can abort the process: only for child processes.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np

from core.errors import InputError, UnavailableError
from core.evaluation.engines.scored_model import AnswerLoss, EncodedExample
from core.examples.encoding import written_example
from core.examples.example import shape_of
from core.inference.batches.answer_many import answer_many
from core.inference.batches.llama_sequences import LlamaSequences
from core.inference.engine import Answered, OnDone
from core.inference.llama_engine import LlamaEngine
from core.models.references import ModelLocation
from core.specs import Shape


class GgufScorer:
    """A ScoredModel that is a GGUF; the file's own tokenizer and chat template make the token ids."""

    precision = "the weights of the file"
    measures_losses = True

    def __init__(self, location: ModelLocation, most: int | None = None):
        """`most`: answers written at once; None for as many as pay."""
        self._most = most
        self._engine = LlamaEngine(location)
        self.context_length = self._engine.context_length
        end = self._engine.model.special_tokens()["eos_token"]
        self._end = self._engine.model.tokenize(end, parse_special=True)
        if not self._end:
            raise InputError(f"{location.label} names no end-of-sequence token.", "Export the model again.")

    def encode(self, examples: list[dict]) -> list[EncodedExample]:
        """See ScoredModel; of a text, all but the first token are the answer."""
        return list(map(self._encoded, examples))

    def _encoded(self, example: dict) -> EncodedExample:
        if shape_of(example) is Shape.TEXT:
            ids = self._engine.model.tokenize(example["text"], add_special=True, parse_special=True) + self._end
            return ids[:1], ids[1:]
        written = written_example(self._engine.template.turns, example)
        prompt, answer, end = (
            self._engine.piece_ids(text, parse_special=True) for text in (written.prompt, written.answer, written.end)
        )
        return prompt, answer + end

    def losses(self, examples: list[EncodedExample], done: OnDone) -> Iterator[dict[int, AnswerLoss]]:
        """See ScoredModel."""
        for place, (prompt, answer) in enumerate(examples):
            yield {place: self._loss(prompt, answer)}
            done(1)

    def _loss(self, prompt: list[int], answer: list[int]) -> AnswerLoss:
        self._engine.reset()
        logits = self._engine.read(prompt)[None]
        if len(answer) > 1:
            logits = np.vstack([logits, self._engine.model.read(answer[:-1], every_position=True)])
        logits = logits.astype(np.float64)
        highest = logits.max(axis=1)
        if not np.isfinite(highest).all():
            raise UnavailableError("The model's output is not a number.", "Export the model again.")
        totals = highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))
        loss = float((totals - logits[np.arange(len(answer)), answer]).sum())
        return AnswerLoss(loss, len(answer), int((logits.argmax(axis=1) == answer).sum()))

    def answers(
        self, prompts: list[list[int]], max_new_tokens: int, temperature: float, seeds: Sequence[int], done: OnDone
    ) -> Iterator[dict[int, Answered]]:
        """See ScoredModel."""
        with closing(LlamaSequences(self._engine, prompts, temperature, self._most)) as sequences:
            yield from answer_many(sequences, prompts, max_new_tokens, seeds, done)

    def close(self) -> None:
        """See ScoredModel."""
        self._engine.close()
