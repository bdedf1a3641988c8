"""The lengths of a dataset's examples in tokens, and the batches that training will make of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from core.forecast.drawing import chosen_by_step
from core.forecast.setup import LONGEST_BY_PRODUCTS, PAIRED, QUERIES_IN_BLOCK, Setup
from core.specs.results.report import TokenLengths

LEARNED_SHARE = 0.6
"""Of an example's tokens, where only its length is known: in the studio's samples 40 to 75 % are answer."""
_FEWEST_STEPS, _DRAWN_EXAMPLES, _MOST_POINTS = 5, 2000, 400


class Length(NamedTuple):
    """Of one text: its tokens, and how many of them are learned."""

    tokens: int
    learned: int


class BatchSize(NamedTuple):
    """Of one batch: texts, tokens, learned tokens, and the tokens of the longest text and of the shortest prompt.

    `squares`: pairs of a query and a key within each text. `scores`: those that attention in blocks of queries keeps;
    it takes no keys after a block's last query, and computes those of long texts again. `uneven`: in two rows, how much
    longer the longer one is than half of all.
    """

    texts: int
    tokens: int
    learned: int
    longest: int
    prompt: int
    squares: int
    scores: int
    uneven: float = 1.0

    @classmethod
    def of(cls, texts: Sequence[Length], shared: int = 0, rows: int = 1) -> "BatchSize":
        """Of these texts in some rows. The first `shared` tokens of all are the same, and each row has them once."""
        own = [one.tokens - shared for one in texts]
        rows = min(rows, len(texts))
        kept = [shared] * rows if shared else []
        filled = [0] * rows
        for tokens in sorted(own, reverse=True):
            filled[filled.index(min(filled))] += tokens
        return cls(
            texts=len(texts),
            tokens=rows * shared + sum(own),
            learned=sum(one.learned for one in texts),
            longest=max(one.tokens for one in texts),
            prompt=min(one.tokens - one.learned for one in texts),
            squares=rows * shared**2 + sum(tokens * (shared + tokens) for tokens in own),
            scores=sum(_scores(tokens, 0) for tokens in kept) + sum(_scores(tokens, shared) for tokens in own),
            uneven=rows * max(filled) / max(1, sum(own)),
        )

    @property
    def padded(self) -> "BatchSize":
        """With every text as long as the longest, and logits from the end of the shortest prompt on."""
        tokens, pairs = self.texts * self.longest, self.texts * self.longest**2
        learned = self.texts * (self.longest - self.prompt)
        return self._replace(tokens=tokens, learned=learned, squares=pairs, scores=pairs)


def _scores(tokens: int, before: int) -> int:
    """Of a text's own tokens, with those `before` it and its own up to the end of their block."""
    if before + tokens > LONGEST_BY_PRODUCTS:
        return 0
    whole, rest = divmod(tokens, QUERIES_IN_BLOCK)
    return QUERIES_IN_BLOCK**2 * whole * (whole + 1) // 2 + rest * tokens + tokens * before


@dataclass(frozen=True)
class DatasetLengths:
    """A sample of the lengths of `examples` training examples; `exact` if this model's tokenizer counted them.

    `texts`: how many an example is read as: two for a pair of answers and for KTO, whose second is the question with
    another answer; with GRPO as many as it is answered. `shared`: tokens that all of them begin with. `pairs`: rows
    hold two answers, which are two examples to KTO.
    """

    examples: int
    sample: tuple[Length, ...]
    exact: bool = False
    texts: int = 1
    shared: int = 0
    pairs: bool = False

    @classmethod
    def sampled(cls, found: Sequence, examples: int | None = None, pairs: bool = False) -> "DatasetLengths":
        """Of `examples` examples (None: only those), from what `core.data.store.tokenizing.sampled_lengths` found."""
        sample, shared = found
        lengths = tuple(Length(*one) for one in sample)
        return cls(len(lengths) if examples is None else examples, lengths, exact=True, shared=shared, pairs=pairs)

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
        whole = method == "orpo" or settings.get("train_on") == "everything"  # nothing is shared that is learned
        found = replace(self._kept(kept), shared=0 if whole else min(self.shared, most_tokens - 1))
        if method == "kto" and self.pairs:
            answers = tuple(one for one in found.sample for _ in range(2))
            found = replace(found, examples=2 * found.examples, sample=answers)
        return replace(found, texts=2 if method == "kto" or method in PAIRED else 1)

    def cut(self, settings: dict) -> int:
        """About how many examples lose the end of an answer to the limit of tokens of a training with these fields."""
        most_tokens = settings["max_seq_length"]
        if settings.get("method", "sft") in ("pretrain", "grpo") or not self.sample:  # split, and answered anew
            return 0
        cut = sum(one.tokens - one.learned < most_tokens < one.tokens for one in self.sample)
        return round(self.examples * cut / len(self.sample))

    def _kept(self, lengths: list[Length]) -> "DatasetLengths":
        share = len(lengths) / len(self.sample) if self.sample else 0
        return replace(self, examples=round(self.examples * share), sample=tuple(lengths))

    def _split(self, most_tokens: int) -> "DatasetLengths":
        """As windows that each begin with the last token of the one before, and learn all tokens but the first."""
        windows = [
            min(most_tokens, one.tokens - start)
            for one in self.sample
            for start in range(0, one.tokens - 1, most_tokens - 1)
        ]
        return replace(self._kept([Length(one, one - 1) for one in windows]), shared=0)

    def _answered(self, most_tokens: int, answer_tokens: int, answers: int) -> "DatasetLengths":
        """As questions that the model answers itself, several times each, at full length."""
        whole = [one.tokens - one.learned + answer_tokens for one in self.sample]
        kept = [Length(tokens, answer_tokens) for tokens in whole if tokens <= most_tokens]
        return replace(self._kept(kept), texts=answers)

    @property
    def mean(self) -> Length:
        """Of an example; 0 for both without examples."""
        count = max(1, len(self.sample)) / self.texts
        tokens, learned = (sum(of_one) for of_one in zip(*self.sample, strict=True)) if self.sample else (0, 0)
        return Length(round(tokens / count), round(learned / count))

    def batches(self, setup: Setup, steps: int) -> list[list[BatchSize]]:
        """The batches of the first steps, of a step the shortest first. If the sample is whole, training's own."""
        if not (self.examples and self.sample):
            return []
        shared, rows = self.shared if setup.shares_beginnings else 0, 2 if setup.halves else 1
        size, drawn = setup.batch_size * setup.accumulation, []
        for step in range(min(steps, max(_FEWEST_STEPS, _DRAWN_EXAMPLES // size))):
            places = chosen_by_step(self.examples, step, setup.batch_size, setup.accumulation, setup.seed)
            chosen = sorted(self.sample[place % len(self.sample)] for place in places)
            parts = (chosen[at : at + setup.batch_size] * setup.texts for at in range(0, len(chosen), setup.batch_size))
            drawn.append([BatchSize.of(part, shared, rows) for part in parts])
        return drawn


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
    sample = tuple(Length(count, max(1, round(count * learned))) for count in whole)
    return DatasetLengths(examples, sample, exact, shared=report.shared)
