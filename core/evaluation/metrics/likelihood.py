"""How likely the model finds the references: loss, perplexity, bits per byte and token accuracy, answer tokens only."""

import math

import numpy as np

from core.evaluation.metrics.measure import LocalMetric, Measure, Measures, ratio_of


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
        with np.errstate(over="ignore"):
            perplexities = np.exp(loss.examples)
        return {
            "loss": loss,
            "perplexity": Measure(perplexities, loss.sums, _perplexity),
            "bits_per_byte": Measure.ratio(nats / math.log(2), np.array(byte_counts)),
            "token_accuracy": Measure.ratio(correct, tokens),
        }


def _perplexity(sums: np.ndarray) -> np.ndarray:
    """Infinite beyond a loss of about 709 nats per token."""
    with np.errstate(over="ignore"):
        return np.exp(ratio_of(sums))
