"""Scores base models, adapters and merged models with Transformers, in batches."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList

from core.errors import UnavailableError
from core.evaluation.scorers import AnswerLosses, OnDone
from core.models.loading import device, load_model
from core.models.references import ModelLocation

_LOGITS_BYTES = 256 << 20
_DEFAULT_CONTEXT_TOKENS = 4096


class TransformersScorer:
    """A ScoredModel in this process's memory. An adapter stands on its base in full precision, not in 4 bits."""

    def __init__(self, location: ModelLocation, tokenizer, batch_size: int):
        self.precision = "bfloat16" if device().type == "cuda" else "float32"
        self._model = load_model(location, dtype=self.precision)
        self._tokenizer = tokenizer
        self._batch_size = batch_size
        config = self._model.config.get_text_config()
        self.vocabulary_size = config.vocab_size
        self.context_length = getattr(config, "max_position_embeddings", None) or _DEFAULT_CONTEXT_TOKENS
        ends = self._model.generation_config.eos_token_id
        self._ends = sorted({tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])} - {None})
        self._pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else self._ends[0]
        # A model's own habits (penalties, temperatures) must not make the models compared differ in their settings.
        self._model.generation_config = GenerationConfig(eos_token_id=self._ends, pad_token_id=self._pad)

    @contextmanager
    def without_adapter(self) -> Iterator["TransformersScorer"]:
        """This adapter's base, until the end of the block."""
        with self._model.disable_adapter():
            yield self

    @torch.inference_mode()
    def answer_losses(self, prompts: list[list[int]], answers: list[list[int]], done: OnDone) -> AnswerLosses:
        """See ScoredModel."""
        texts = [prompt + answer for prompt, answer in zip(prompts, answers, strict=True)]
        losses, correct = [0.0] * len(texts), [0] * len(texts)
        for rows in self._batches(texts, [len(answer) for answer in answers]):
            found = self._batch_losses([texts[row] for row in rows], [len(answers[row]) for row in rows])
            for row, loss, right in zip(rows, *found, strict=True):
                losses[row], correct[row] = loss, right
            done(len(rows))
        return AnswerLosses(losses, [len(answer) for answer in answers], correct)

    def _batch_losses(self, texts: list[list[int]], answer_lengths: list[int]) -> tuple[list[float], list[int]]:
        """Summed loss and count of right tokens of the last `answer_lengths` tokens of each text."""
        ids, mask = self._left_padded(texts)
        kept = max(answer_lengths) + 1
        output = self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(1) - 1).clamp(min=0),
            use_cache=False,
            logits_to_keep=kept,
        )
        logits = output.logits[:, -kept:-1].float()
        targets = ids[:, 1 - kept :]
        places = torch.arange(kept - 1, 0, -1, device=ids.device)
        is_answer = places <= torch.tensor(answer_lengths, device=ids.device)[:, None]
        losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
        sums = (losses.double() * is_answer).sum(1)
        if not sums.isfinite().all():
            raise UnavailableError("The model's output is not a number.", "Its weights are damaged: train it again.")
        correct = ((logits.argmax(-1) == targets) & is_answer).sum(1)
        return sums.tolist(), correct.tolist()

    @torch.inference_mode()
    def generate(
        self, prompts: list[list[int]], max_new_tokens: int, temperature: float, seed: int, done: OnDone
    ) -> list[str]:
        """See ScoredModel."""
        torch.manual_seed(seed)
        texts = [""] * len(prompts)
        for rows in self._batches(prompts, [1] * len(prompts)):
            ids, mask = self._left_padded([prompts[row] for row in rows])
            steps = _Steps(len(rows), min(max_new_tokens, self.context_length - ids.shape[1]), done)
            settings = {"temperature": temperature, "top_k": 0, "top_p": 1.0} if temperature else {}
            output = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=steps.limit,
                do_sample=temperature > 0,
                stopping_criteria=StoppingCriteriaList([steps]),
                **settings,
            )
            steps.finish()
            for row, answer in zip(rows, output[:, ids.shape[1] :], strict=True):
                texts[row] = self._tokenizer.decode(answer, skip_special_tokens=True)
        return texts

    def _batches(self, texts: list[list[int]], kept: list[int]) -> Iterator[list[int]]:
        """The numbers of the texts of each batch, longest first, so that what does not fit in memory fails at once."""
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]), reverse=True)
        while order:
            size = self._batch_size
            logits_bytes = 4 * self.vocabulary_size * (max(kept[row] for row in order[:size]) + 1)
            size = min(size, max(1, _LOGITS_BYTES // logits_bytes))
            yield order[:size]
            order = order[size:]

    def _left_padded(self, texts: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Token ids and attention mask, shape (texts, longest): all end together, where answers go on."""
        width = max(map(len, texts))
        ids = [[self._pad] * (width - len(text)) + text for text in texts]
        mask = [[0] * (width - len(text)) + [1] * len(text) for text in texts]
        return torch.tensor(ids, device=self._model.device), torch.tensor(mask, device=self._model.device)

    def close(self) -> None:
        """See ScoredModel."""
        del self._model
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


class _Steps(StoppingCriteria):
    """Tells how far a batch is at every token; whoever is told may raise to stop."""

    def __init__(self, examples: int, limit: int, done: OnDone):
        self.limit = limit
        self._examples = examples
        self._done = done
        self._taken = 0

    def __call__(self, input_ids: torch.Tensor, scores, **_) -> torch.Tensor:
        self._taken += 1
        self._done(self._examples / self.limit)
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)

    def finish(self) -> None:
        """Count the steps that the batch did not need."""
        self._done(self._examples * (1 - self._taken / self.limit))
