"""Scores base models, adapters and merged models with Transformers, in batches."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from core.errors import UnavailableError
from core.evaluation.scorers import AnswerLosses, OnDone
from core.inference.batch_generation import batches, generate_batches
from core.inference.transformers_model import TransformersModel
from core.models.references import ModelLocation

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class TransformersScorer:
    """A ScoredModel in Transformers' format. An adapter is applied to its base in full precision, not in 4 bits."""

    def __init__(self, location: ModelLocation, tokenizer: "PreTrainedTokenizerBase", batch_size: int):
        self._loaded = TransformersModel(location, tokenizer)
        self._batch_size = batch_size
        self.precision = self._loaded.precision
        self.vocabulary_size = self._loaded.vocabulary_size
        self.context_length = self._loaded.longest_context

    @contextmanager
    def without_adapter(self) -> Iterator["TransformersScorer"]:
        """Switch the adapter off until the end of the block: the model is its base."""
        with self._loaded.model.disable_adapter():
            yield self

    @torch.inference_mode()
    def answer_losses(self, prompts: list[list[int]], answers: list[list[int]], done: OnDone) -> AnswerLosses:
        """See ScoredModel."""
        texts = [prompt + answer for prompt, answer in zip(prompts, answers, strict=True)]
        losses, correct = [0.0] * len(texts), [0] * len(texts)
        for rows in batches(self._loaded, texts, [len(answer) for answer in answers], self._batch_size):
            found = self._batch_losses([texts[row] for row in rows], [len(answers[row]) for row in rows])
            for row, loss, right in zip(rows, *found, strict=True):
                losses[row], correct[row] = loss, right
            done(len(rows))
        return AnswerLosses(losses, [len(answer) for answer in answers], correct)

    def _batch_losses(self, texts: list[list[int]], answer_lengths: list[int]) -> tuple[list[float], list[int]]:
        """For the last `answer_lengths` tokens of each text: the summed loss (nats) and the count of correct tokens."""
        ids, mask = self._loaded.left_padded(texts)
        kept = max(answer_lengths) + 1
        output = self._loaded.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(1) - 1).clamp(min=0),
            use_cache=False,
            logits_to_keep=kept,
        )
        places = torch.arange(kept - 1, 0, -1, device=ids.device)
        is_answer = places <= torch.tensor(answer_lengths, device=ids.device)[:, None]
        logits, targets = output.logits[:, -kept:-1][is_answer].float(), ids[:, 1 - kept :][is_answer]
        losses = torch.nn.functional.cross_entropy(logits, targets, reduction="none").double()
        if not losses.isfinite().all():
            raise UnavailableError("The model's output is not a number.", "Its weights are damaged: train it again.")
        is_right = logits.argmax(-1) == targets
        return (
            [float(part.sum()) for part in losses.split(answer_lengths)],
            [int(part.sum()) for part in is_right.split(answer_lengths)],
        )

    def generate(
        self, prompts: list[list[int]], max_new_tokens: int, temperature: float, seed: int, done: OnDone
    ) -> list[str]:
        """See ScoredModel."""
        return generate_batches(self._loaded, prompts, self._batch_size, max_new_tokens, temperature, seed, done)

    def close(self) -> None:
        """See ScoredModel."""
        self._loaded.close()
