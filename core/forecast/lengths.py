"""The lengths of a dataset's examples in tokens, and the batches that training will make of them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.specs.results.report import TokenLengths

LEARNED_SHARE = 0.6
"""Of an example's tokens, where only its length is known: in the studio's samples 40 to 75 % are answer."""
_FEWEST_STEPS, _DRAWN_EXAMPLES, _MOST_POINTS = 5, 2000, 400
_PAIRED = frozenset({"dpo", "orpo", "simpo", "kto"})
"""Methods that read two texts for each example: KTO's second is the question with another answer."""


class Length(NamedTuple):
    """Of one example: its tokens, and how many of them are learned."""

    tokens: int
    learned: int


class BatchSize(NamedTuple):
    """Of one batch: examples, tokens, learned tokens, the longest example, and the sum of all squared lengths."""

    examples: int
    tokens: int
    learned: int
    longest: int
    squares: int

    @property
    def padded(self) -> "BatchSize":
        """With every example as long as the longest."""
        tokens = self.examples * self.longest
        return BatchSize(
            self.examples, tokens, tokens * self.learned // self.tokens, self.longest, tokens * self.longest
        )


@dataclass(frozen=True)
class DatasetLengths:
    """A sample of the lengths of `examples` training examples; `exact` if this model's tokenizer counted them.

    `texts`: how many an example is read as: two for a pair of answers, with GRPO as many as it is answered.
    """

    examples: int
    sample: tuple[Length, ...]
    exact: bool = False
    texts: int = 1

    def seen(self, settings: dict) -> "DatasetLengths":
        """As a training with these fields of `TrainSpec` sees them, within its limit of tokens.

        The end of an answer is cut, and a question that fills the limit left out. Plain texts are split instead.
        """
        most_tokens, method = settings["max_seq_length"], settings.get("method", "sft")
        if method == "pretrain":
            return self._split(most_tokens)
        if method == "grpo":
            return self._answered(most_tokens, settings["max_new_tokens"], settings["generations"])
        kept = [
            Length(min(one.tokens, most_tokens), one.learned - max(0, one.tokens - most_tokens))
            for one in self.sample
            if one.tokens - one.learned < most_tokens
        ]
        share = len(kept) / len(self.sample) if self.sample else 0
        texts = 2 if method in _PAIRED else 1
        return DatasetLengths(round(self.examples * share), tuple(kept), self.exact, texts)

    def _split(self, most_tokens: int) -> "DatasetLengths":
        windows = [
            min(most_tokens, one.tokens - start) for one in self.sample for start in range(0, one.tokens, most_tokens)
        ]
        share = len(windows) / len(self.sample) if self.sample else 0
        return DatasetLengths(round(self.examples * share), tuple(Length(one, one) for one in windows), self.exact)

    def _answered(self, most_tokens: int, answer_tokens: int, answers: int) -> "DatasetLengths":
        """As questions that the model answers itself, several times each, at full length."""
        asked = [one.tokens - one.learned for one in self.sample]
        whole = [tokens + answer_tokens for tokens in asked]
        kept = [Length(tokens, answer_tokens) for tokens in whole if tokens <= most_tokens]
        share = len(kept) / len(asked) if asked else 0
        return DatasetLengths(round(self.examples * share), tuple(kept), self.exact, answers)

    @property
    def mean(self) -> Length:
        """Of an example; 0 for both without examples."""
        count = max(1, len(self.sample)) / self.texts
        tokens, learned = (sum(of_one) for of_one in zip(*self.sample, strict=True)) if self.sample else (0, 0)
        return Length(round(tokens / count), round(learned / count))

    def batches(self, batch_size: int, accumulation: int, steps: int) -> list[list[BatchSize]]:
        """The batches of some steps as training would draw them: at random, of a step the shortest first."""
        chance, size = random.Random(0), min(batch_size * accumulation, self.examples)
        drawn = []
        for _ in range(min(steps, max(_FEWEST_STEPS, _DRAWN_EXAMPLES // max(1, size)))):
            chosen = sorted(chance.choices(self.sample, k=size))
            parts = (chosen[at : at + batch_size] * self.texts for at in range(0, size, batch_size))
            drawn.append([_size_of(part) for part in parts])
        return drawn


def _size_of(batch: Sequence[Length]) -> BatchSize:
    tokens = [one.tokens for one in batch]
    return BatchSize(
        len(batch), sum(tokens), sum(one.learned for one in batch), max(tokens), sum(count * count for count in tokens)
    )


def lengths_in(report: TokenLengths | None, examples: int, exact: bool) -> DatasetLengths | None:
    """From the histogram in a dataset's report; None where nothing was counted."""
    if not report or not report.measured:
        return None
    each = max(1, report.measured // _MOST_POINTS)
    tokens = [
        one.low + (one.below - one.low) * (number + 0.5) / shown
        for one in report.histogram
        if (shown := -(-one.count // each))
        for number in range(shown)
    ]
    scale = report.mean / (sum(tokens) / len(tokens))  # within a bin, lengths are unknown: keep the mean
    learned = report.learned_mean / report.mean if report.learned_mean else LEARNED_SHARE
    whole = [max(2, min(round(count * scale), report.max)) for count in tokens]
    return DatasetLengths(examples, tuple(Length(count, max(1, round(count * learned))) for count in whole), exact)
