"""Distances between predictions: logits and log probabilities, shape (positions, vocabulary)."""

import numpy as np


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Log probabilities along the last axis, in float64."""
    logits = logits.astype(np.float64)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def relative_difference(found: np.ndarray, wanted: np.ndarray) -> float:
    """Norm of the difference over norm of the wanted logits, at the worst position.

    A constant added to all logits of a position changes no prediction, so the mean of each position is removed first.
    """
    found, wanted = (logits - logits.mean(axis=1, keepdims=True) for logits in (found, wanted))
    return float((np.linalg.norm(found - wanted, axis=1) / np.linalg.norm(wanted, axis=1)).max())


def mean_kl_divergence(wanted: np.ndarray, found: np.ndarray) -> float:
    """KL divergence of log probabilities `found` from `wanted`, in nats, averaged over positions."""
    return float((np.exp(wanted) * (wanted - found)).sum(axis=1).mean())


def gained_from_context(log_probabilities: np.ndarray) -> float:
    """Information that predictions gain from their context, in nats per token: their mean KL divergence from the one
    distribution that does not look at it, their mean.
    """
    without_context = np.log(np.maximum(np.exp(log_probabilities).mean(axis=0), 1e-300))
    return mean_kl_divergence(log_probabilities, without_context)


def perplexity(logits: np.ndarray, targets: np.ndarray) -> float:
    """Perplexity of `targets`, token ids of shape (positions,)."""
    return float(np.exp(-log_softmax(logits)[np.arange(len(targets)), targets].mean()))
