"""METEOR by nltk, without its synonyms: WordNet's data would have to be downloaded."""

from functools import lru_cache

import numpy as np
from nltk.stem.porter import PorterStemmer
from nltk.translate.meteor_score import single_meteor_score

from core.evaluation.metrics.measure import LocalMetric, Measure, Measures
from core.evaluation.metrics.words import words


class Meteor(LocalMetric):
    """meteor: words matched as written, then by their stems, with a penalty for their order (Lavie and Agarwal 2007).

    As nltk computes it with its default weights, of lower-case words, with synonyms off. Stems are English.
    """

    def _compute(self, predictions: list[str], references: list[str]) -> Measures:
        pairs = zip(predictions, references, strict=True)
        return {"meteor": Measure(np.array([_meteor(words(said), words(expected)) for said, expected in pairs]))}


def _meteor(said: list[str], expected: list[str]) -> float:
    if not said or not expected:
        return 0.0
    return single_meteor_score(expected, said, str, _CachedStemmer, _NoSynonyms)


class _CachedStemmer:
    """nltk's Porter stemmer, asked for each word once."""

    stem = staticmethod(lru_cache(maxsize=100_000)(PorterStemmer().stem))


class _NoSynonyms:
    """A WordNet without entries."""

    @staticmethod
    def synsets(word: str) -> list:
        """No synonyms of any word."""
        return []
