"""How likely the model finds the references: loss, perplexity, bits per byte and token accuracy, answer tokens only."""

import math

import datasets
import evaluate
import numpy as np

from core.evaluation.metrics.intervals import mean_with_interval, with_interval
from core.evaluation.metrics.measure import LocalMetric, Measure, Measures, ratio_of

_DESCRIPTION = """
With teacher forcing, over the tokens of the references with their end-of-sequence tokens; every token of the split has
the same weight. loss: mean negative log-likelihood in nats per token; perplexity: its exponential; token_accuracy:
share of tokens that are the model's likeliest.
"""


class AnswerLikelihood(evaluate.Metric):
    """compute() returns {"scores": name → Score, "examples": one dict of scores per example}."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description="per example: summed negative log-likelihood, answer tokens, tokens predicted right",
            features=datasets.Features(
                {
                    "negative_log_likelihoods": datasets.Value("float64"),
                    "tokens": datasets.Value("int64"),
                    "correct": datasets.Value("int64"),
                }
            ),
        )

    def _compute(self, negative_log_likelihoods: list[float], tokens: list[int], correct: list[int]) -> dict:
        losses, tokens, correct = np.array(negative_log_likelihoods), np.array(tokens), np.array(correct)
        totals = np.column_stack([losses, tokens])
        scores = {
            "loss": mean_with_interval(losses, tokens),
            "perplexity": with_interval(totals, lambda sums: np.exp(sums[0] / sums[1])),
            "token_accuracy": mean_with_interval(correct, tokens),
        }
        examples = [
            {"loss": float(loss / count), "token_accuracy": float(right / count)}
            for loss, count, right in zip(losses, tokens, correct, strict=True)
        ]
        return {"scores": scores, "examples": examples}


class Likelihood(LocalMetric):
    """With teacher forcing, over the tokens of the references with their end tokens; every token weighs the same.

    loss: mean negative log-likelihood in nats per token; perplexity: its exponential; token_accuracy: share of tokens
    that are the model's likeliest. bits_per_byte: bits over the UTF-8 bytes of the reference, which compares models
    whatever their tokenizers (Gao et al. 2020). `byte_counts` are those of the tokens scored.
    """

    COLUMNS = {"negative_log_likelihoods": "float64", "tokens": "int64", "correct": "int64", "byte_counts": "int64"}

    def _compute(
        self, negative_log_likelihoods: list[float], tokens: list[int], correct: list[int], byte_counts: list[int]
    ) -> Measures:
        nats, tokens, correct = np.array(negative_log_likelihoods), np.array(tokens), np.array(correct)
        loss = Measure.ratio(nats, tokens)
        return {
            "loss": loss,
            "perplexity": Measure(np.exp(loss.examples), loss.sums, lambda sums: np.exp(ratio_of(sums))),
            "bits_per_byte": Measure.ratio(nats / math.log(2), np.array(byte_counts)),
            "token_accuracy": Measure.ratio(correct, tokens),
        }
