"""Scores base models, adapters and merged models with Transformers, in batches."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from core.errors import UnavailableError
from core.evaluation.scorers import AnswerLosses, OnDone
from core.examples.prompting import end_ids, end_text
from core.models.loading import load_model
from core.models.precision import compute_dtype
from core.models.references import ModelLocation

_LOGITS_BYTES = 256 << 20
_DEFAULT_CONTEXT_TOKENS = 4096


class TransformersScorer:
    """A ScoredModel in this process's memory. An adapter stands on its base in full precision, not in 4 bits."""

    def __init__(self, location: ModelLocation, tokenizer, batch_size: int):
        self.precision = compute_dtype(location)
        self._model = load_model(location, dtype=self.precision)
        self._tokenizer = tokenizer
        self._batch_size = batch_size
        config = self._model.config.get_text_config()
        self.vocabulary_size = config.vocab_size
        self.context_length = getattr(config, "max_position_embeddings", None) or _DEFAULT_CONTEXT_TOKENS
        ends = self._model.generation_config.eos_token_id
        self._ends = {*end_ids(tokenizer), *(ends if isinstance(ends, list) else [ends])} - {None}
        self._end_text = end_text(tokenizer)
        self._pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id

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

    @torch.inference_mode()
    def generate(
        self, prompts: list[list[int]], max_new_tokens: int, temperature: float, seed: int, done: OnDone
    ) -> list[str]:
        """See ScoredModel."""
        torch.manual_seed(seed)
        texts = [""] * len(prompts)
        for rows in self._batches(prompts, [1] * len(prompts)):
            for row, answer in zip(
                rows, self._answers([prompts[row] for row in rows], max_new_tokens, temperature, done), strict=True
            ):
                texts[row] = self._without_end(self._tokenizer.decode(answer, skip_special_tokens=True))
        return texts

    def _answers(
        self, prompts: list[list[int]], max_new_tokens: int, temperature: float, done: OnDone
    ) -> list[list[int]]:
        """Token ids of the answers of one batch. Who has ended leaves the batch: the others do not carry it on."""
        ids, mask = self._left_padded(prompts)
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        limit = min(max_new_tokens, self.context_length - ids.shape[1])
        answers, going, cache = [[] for _ in prompts], list(range(len(prompts))), None
        for left in reversed(range(limit)):
            output = self._model(
                input_ids=ids,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            cache = output.past_key_values
            tokens = _chosen(output.logits[:, -1].float(), temperature)
            stays = [
                place
                for place, token in enumerate(tokens.tolist())
                if token not in self._ends and not self._has_ended(answers[going[place]])
            ]
            done((len(going) + (len(going) - len(stays)) * left) / limit)
            if len(stays) < len(going):
                kept = torch.tensor(stays, dtype=torch.long, device=tokens.device)
                tokens, mask, positions = tokens[kept], mask[kept], positions[kept]
                cache.batch_select_indices(kept)
                going = [going[place] for place in stays]
            for row, token in zip(going, tokens.tolist(), strict=True):
                answers[row].append(token)
            if not going:
                break
            ids, positions = tokens[:, None], positions[:, -1:] + 1
            mask = torch.cat([mask, mask.new_ones(len(going), 1)], dim=1)
        return answers

    def _has_ended(self, answer: list[int]) -> bool:
        """Whether an answer holds an end that is spelled out in words."""
        return bool(self._end_text) and self._end_text in self._tokenizer.decode(answer[-len(self._end_text) :])

    def _without_end(self, text: str) -> str:
        return text.partition(self._end_text)[0] if self._end_text else text

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


def _chosen(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """The next token of each row of `logits`, shape (rows, vocabulary)."""
    if temperature == 0:
        return logits.argmax(-1)
    return torch.multinomial(torch.softmax(logits / temperature, -1), 1)[:, 0]
