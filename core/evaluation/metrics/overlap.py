"""How much a generated answer overlaps with its reference: exact match, accuracy, token F1, ROUGE, BLEU, length."""

from collections import Counter

import datasets
import evaluate
import numpy as np
from sacrebleu.metrics import BLEU

from core.evaluation.metrics.intervals import mean_with_interval, share_with_interval, with_interval
from core.evaluation.metrics.rouge import rouge
from core.evaluation.metrics.words import normalized, pieces, plain
from core.specs.results.evaluate import Score

_ROUGE_TYPES = ("rouge1", "rouge2", "rougeL")
_BLEU_ORDER = 4

_DESCRIPTION = """
Scores of generated answers against references. All but mean_length range from 0 to 1.
exact_match: equal except for surrounding white space; accuracy: equal after normalizing case, punctuation, articles and
white space (as SQuAD does); f1: token F1 of the normalized words; rouge1, rouge2, rougeL: F-measures of rouge-score,
lower-cased, without stemming; bleu: corpus BLEU of sacrebleu (13a tokenization, exponential smoothing); mean_length:
mean number of words in the generated answers.
"""


class AnswerOverlap(evaluate.Metric):
    """compute() returns {"scores": name → Score, "examples": one dict of scores per example}."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description="predictions, references: one text per example",
            features=datasets.Features(
                {"predictions": datasets.Value("string"), "references": datasets.Value("string")}
            ),
        )

    def _compute(self, predictions: list[str], references: list[str]) -> dict:
        examples = [_scores(*pair) for pair in zip(predictions, references, strict=True)]
        values = {name: np.array([example[name] for example in examples]) for name in examples[0]}
        lengths = values.pop("length")
        scores = {name: share_with_interval(column) for name, column in values.items()}
        scores["bleu"] = _corpus_bleu(predictions, references)
        scores["mean_length"] = mean_with_interval(lengths)
        return {"scores": scores, "examples": examples}


def _scores(prediction: str, reference: str) -> dict[str, float]:
    said, expected = normalized(prediction), normalized(reference)
    return {
        "exact_match": float(prediction.strip() == reference.strip()),
        "accuracy": float(said == expected and (bool(expected) or plain(prediction) == plain(reference))),
        "f1": token_f1(pieces(said), pieces(expected)),
        **dict(zip(_ROUGE_TYPES, rouge(prediction, reference), strict=False)),
        "length": len(pieces(prediction)),
    }


def token_f1(said: list[str], expected: list[str]) -> float:
    """Harmonic mean of precision and recall over the words, counting repeats."""
    if not said or not expected:
        return float(said == expected)
    shared = sum((Counter(said) & Counter(expected)).values())
    return 2 * shared / (len(said) + len(expected))


def _corpus_bleu(predictions: list[str], references: list[str]) -> Score:
    # `effective_order` only silences a warning of sacrebleu: the counts of a sentence are used, not its score.
    counter = BLEU(effective_order=True)
    rows = []
    for prediction, reference in zip(predictions, references, strict=True):
        sentence = counter.sentence_score(prediction, [reference])
        rows.append([*sentence.counts, *sentence.totals, sentence.sys_len, sentence.ref_len])
    return with_interval(np.array(rows), _bleu_of_counts)


def _bleu_of_counts(counts: np.ndarray) -> float:
    *matches, sys_len, ref_len = counts.astype(int).tolist()
    correct, total = matches[:_BLEU_ORDER], matches[_BLEU_ORDER:]
    return BLEU.compute_bleu(correct, total, sys_len, ref_len, smooth_method="exp").score / 100
