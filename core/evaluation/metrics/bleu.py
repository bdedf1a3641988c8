"""BLEU and chrF from sacrebleu's counts, and how long answers are beside their references."""

import numpy as np
from sacrebleu.metrics import BLEU
from sacrebleu.metrics.helpers import extract_all_char_ngrams

from core.evaluation.metrics.measure import LocalMetric, Measure, Measures
from core.evaluation.metrics.words import Script, script_of

_ORDER, _CHARACTER_ORDER, _BETA = 4, 6, 2
TOKENIZERS = {Script.CHINESE: "zh", Script.JAPANESE: "ja-mecab", Script.SOUTH_EAST: "char"}
"""sacrebleu's tokenizers for scripts without spaces; all others get 13a."""


class Bleu(LocalMetric):
    """bleu: corpus BLEU (Papineni 2002) with exponential smoothing; an example's is sacrebleu's sentence BLEU.

    chrf: character n-grams up to 6, recall weighted twice (Popović 2015). length_ratio: tokens of the answers over
    those of the references. All three as in sacrebleu; bleu and chrf from 0 to 1 rather than 100. The references'
    script decides the tokenizer: 13a, zh, ja-mecab, or characters.
    """

    def _compute(self, predictions: list[str], references: list[str]) -> Measures:
        pairs = list(zip(predictions, references, strict=True))
        # `effective_order` is for single sentences; `_corpus_bleu` computes without it, as sacrebleu does.
        counter = BLEU(tokenize=TOKENIZERS.get(script_of(references), "13a"), effective_order=True)
        found = [counter.sentence_score(said, [expected]) for said, expected in pairs]
        counts = np.array([[*one.counts, *one.totals, one.sys_len, one.ref_len] for one in found], float)
        characters = np.array([_character_counts(*pair) for pair in pairs], float)
        return {
            "bleu": Measure(np.array([one.score / 100 for one in found]), counts, _corpus_bleu),
            "chrf": Measure(_chrf(characters), characters, _chrf),
            "length_ratio": Measure.ratio(*counts[:, -2:].T),
        }


def _corpus_bleu(counts: np.ndarray) -> np.ndarray:
    """From n-grams matched and said, of each order, and both lengths, shape (…, 10), to BLEU, shape (…)."""
    matched, said, lengths = counts[..., :_ORDER], counts[..., _ORDER:-2], counts[..., -2:]
    halvings = np.cumsum((matched == 0) & (said > 0), axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precisions = np.where(matched > 0, matched, 0.5**halvings) / said
        brevity = np.minimum(1, np.exp(1 - lengths[..., 1] / lengths[..., 0]))
        score = brevity * np.exp(np.log(precisions).mean(axis=-1))
    return np.where((said > 0).all(axis=-1) & (matched > 0).any(axis=-1), score, 0.0)


def _character_counts(prediction: str, reference: str) -> list[int]:
    """Of each order: character n-grams said, expected and shared; those said count only if some are expected."""
    counts = []
    said, expected = (extract_all_char_ngrams(text, _CHARACTER_ORDER) for text in (prediction, reference))
    for mine, its in zip(said, expected, strict=True):
        shared = sum(min(count, its[gram]) for gram, count in mine.items() if gram in its)
        counts += [mine.total() if its else 0, its.total(), shared]
    return counts


def _chrf(counts: np.ndarray) -> np.ndarray:
    """From `_character_counts`, shape (…, 18), to chrF, shape (…): orders that one side lacks are left out."""
    said, expected, shared = np.moveaxis(counts.reshape(*counts.shape[:-1], _CHARACTER_ORDER, 3), -1, 0)
    scored = (said > 0) & (expected > 0)
    orders = np.maximum(scored.sum(axis=-1), 1)
    precision, recall = (
        np.divide(shared, of, out=np.zeros_like(shared), where=scored).sum(axis=-1) / orders for of in (said, expected)
    )
    weighted = _BETA**2 * precision + recall
    return np.divide((1 + _BETA**2) * precision * recall, weighted, out=np.zeros_like(weighted), where=weighted > 0)
