"""Scores base models, adapters and merged models with Transformers, in batches."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from core.errors import UnavailableError
from core.evaluation.engines.scored_model import AnswerLoss, EncodedExample
from core.examples.encoding import encode_examples
from core.inference.batch_generation import batches, generate_batches
from core.inference.batches.answer_many import answer_many
from core.inference.batches.transformers_sequences import TransformersSequences, attends_to_all
from core.inference.engine import Answered, OnDone
from core.inference.transformers_model import TransformersModel
from core.models.precision import exact_dtype
from core.models.references import ModelLocation

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


LOSSES_AT_ONCE = 16


class TransformersScorer:
    """A ScoredModel in Transformers' format. An adapter is applied to its base in full precision, not in 4 bits."""

    measures_losses = True

    def __init__(self, location: ModelLocation, tokenizer: "PreTrainedTokenizerBase", batch_size: int | None):
        """`batch_size`: examples at once; None for as many as pay."""
        self._loaded = TransformersModel(location, tokenizer, precision=exact_dtype(location))
        self._most, self._batch_size = batch_size, batch_size or LOSSES_AT_ONCE
        self.precision = self._loaded.precision
        self.context_length = self._loaded.longest_context

    @property
    def loaded(self) -> TransformersModel:
        """The model itself, for libraries that ask it in their own way."""
        return self._loaded

    @contextmanager
    def without_adapter(self) -> Iterator["TransformersScorer"]:
        """Switch the adapter off until the end of the block: the model is its base."""
        with self._loaded.model.disable_adapter():
            yield self

    def encode(self, examples: list[dict]) -> list[EncodedExample]:
        """See ScoredModel."""
        return [(one.prompt, one.answer) for one in encode_examples(self._loaded.tokenizer, examples)]

    def losses(self, examples: list[EncodedExample], done: OnDone) -> Iterator[dict[int, AnswerLoss]]:
        """See ScoredModel."""
        texts = [prompt + answer for prompt, answer in examples]
        lengths = [len(answer) for _, answer in examples]
        for rows in batches(self._loaded, texts, lengths, self._batch_size):
            found = self._batch_losses([texts[row] for row in rows], [lengths[row] for row in rows])
            yield dict(zip(rows, found, strict=True))
            done(len(rows))

    @torch.inference_mode()
    def _batch_losses(self, texts: list[list[int]], answer_lengths: list[int]) -> list[AnswerLoss]:
        """The losses of the last `answer_lengths` tokens of each text."""
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
        parts = zip(losses.split(answer_lengths), is_right.split(answer_lengths), strict=True)
        return [AnswerLoss(float(loss.sum()), len(loss), int(right.sum())) for loss, right in parts]

    def answers(
        self, prompts: list[list[int]], max_new_tokens: int, temperature: float, seeds: Sequence[int], done: OnDone
    ) -> Iterator[dict[int, Answered]]:
        """See ScoredModel."""
        if not attends_to_all(self._loaded):
            return generate_batches(self._loaded, prompts, self._batch_size, max_new_tokens, temperature, seeds, done)
        sequences = TransformersSequences(self._loaded, prompts, temperature, self._most)
        return answer_many(sequences, prompts, max_new_tokens, seeds, done)

    def close(self) -> None:
        """See ScoredModel."""
        self._loaded.close()
