"""Sampling: chooses the next token from the logits, the same way for every engine."""

from collections import Counter
from typing import Protocol

import numpy as np

from core.errors import InputError, UnavailableError
from core.inference.settings import SamplingSettings

_SHORTLIST = 1024


class Grammar(Protocol):
    """Constrains one answer, token by token: see `core.gguf.llama_grammar`."""

    def allows(self, token: int) -> bool: ...
    def among(self, logits: np.ndarray) -> np.ndarray: ...
    def accept(self, token: int) -> None: ...
    def close(self) -> None: ...


class Sampler:
    """Samples tokens by temperature and top-p, reproducibly for a given seed.

    A token that the grammar forbids is drawn again among those it allows: checking one token is cheap, masking the
    whole vocabulary is not.
    """

    def __init__(self, settings: SamplingSettings, grammar: Grammar | None = None):
        self._grammar = grammar
        self._temperature = settings.temperature
        self._top_p = settings.top_p
        self._random = np.random.default_rng(None if settings.seed is None else settings.seed % (1 << 64))
        self._bias = settings.logit_bias
        self._frequency, self._presence = settings.frequency_penalty, settings.presence_penalty
        self._generated: Counter[int] = Counter()

    def choose(self, logits: np.ndarray) -> int:
        """A token id sampled from `logits`, shape (vocabulary,). Raises UnavailableError for NaN or infinity."""
        if not np.isfinite(logits.max()):
            raise UnavailableError("The model's output is not a number.", "Its weights are damaged: export it again.")
        logits = self._adjusted(logits)
        token = self._draw(logits)
        token = self._constrained(token, logits) if self._grammar else token
        self._generated[token] += 1
        return token

    def _adjusted(self, logits: np.ndarray) -> np.ndarray:
        """The logits after `logit_bias` and the penalties for tokens generated before."""
        if not (self._bias or self._frequency or self._presence):
            return logits
        if self._bias and max(self._bias) >= len(logits) or min(self._bias, default=0) < 0:
            raise InputError(
                f"logit_bias names a token that this model does not have; its token ids end at {len(logits) - 1}.",
                "Use the token ids of this model.",
            )
        logits = logits.astype(np.float64)
        for token, bias in self._bias.items():
            logits[token] += bias
        for token, times in self._generated.items():
            logits[token] -= self._frequency * times + self._presence
        return logits

    def _constrained(self, token: int, logits: np.ndarray) -> int:
        if not self._grammar.allows(token):
            logits = self._grammar.among(logits)
            if not np.isfinite(logits.max()):
                raise UnavailableError("No token of the model continues the JSON asked for.", "Change the JSON schema.")
            token = self._draw(logits)
        self._grammar.accept(token)
        return token

    def _draw(self, logits: np.ndarray) -> int:
        if self._temperature == 0:
            return int(logits.argmax())
        scaled = logits.astype(np.float64) / self._temperature
        weights = np.exp(scaled - scaled.max())
        weights /= weights.sum()
        candidates = self._nucleus(weights) if self._top_p < 1 else np.arange(len(weights))
        reached = weights[candidates].cumsum()
        drawn = np.searchsorted(reached, self._random.random() * reached[-1], side="right")
        return int(candidates[min(drawn, len(candidates) - 1)])

    def _nucleus(self, weights: np.ndarray) -> np.ndarray:
        """The smallest set of tokens with probabilities that reach top-p, likeliest first (of equals, the lower id)."""
        candidates = np.arange(len(weights))
        if len(weights) > _SHORTLIST:  # sorting a vocabulary of 128,000 at every token costs more than the model
            shortlist = np.sort(np.argpartition(weights, -_SHORTLIST)[-_SHORTLIST:])
            if weights[shortlist].sum() >= self._top_p:
                candidates = shortlist
        candidates = candidates[np.argsort(-weights[candidates], kind="stable")]
        enough = np.searchsorted(weights[candidates].cumsum(), self._top_p, side="left") + 1
        return candidates[:enough]
