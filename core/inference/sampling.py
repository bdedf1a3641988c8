"""Choosing the next token, and knowing when a text has reached one of its stops: the same for every engine."""

from collections import Counter
from typing import Protocol

import numpy as np

from core.errors import InputError, UnavailableError
from core.inference.settings import SamplingSettings

_SHORTLIST = 1024


class Grammar(Protocol):
    """What an answer is held to, token by token."""

    def allows(self, token: int) -> bool: ...
    def among(self, logits: np.ndarray) -> np.ndarray: ...
    def accept(self, token: int) -> None: ...
    def close(self) -> None: ...


class Sampler:
    """Draws tokens by temperature and top-p from a stream of random numbers that the seed fixes.

    With a grammar, what it does not allow is drawn again among what it allows: most tokens cost one look, not a look
    at the whole vocabulary.
    """

    def __init__(self, settings: SamplingSettings, grammar: Grammar | None = None):
        self._grammar = grammar
        self._temperature = settings.temperature
        self._top_p = settings.top_p
        self._random = np.random.default_rng(None if settings.seed is None else settings.seed % (1 << 64))
        self._bias = settings.logit_bias
        self._frequency, self._presence = settings.frequency_penalty, settings.presence_penalty
        self._said: Counter[int] = Counter()

    def choose(self, logits: np.ndarray) -> int:
        """A token id drawn by `logits`, shape (vocabulary,). Raises UnavailableError when they are no numbers."""
        if not np.isfinite(logits.max()):
            raise UnavailableError("The model's output is not a number.", "Its weights are damaged: export it again.")
        logits = self._weighed(logits)
        token = self._draw(logits)
        token = self._held_to_grammar(token, logits) if self._grammar else token
        self._said[token] += 1
        return token

    def _weighed(self, logits: np.ndarray) -> np.ndarray:
        """The logits with what the request adds to some, and takes from those of tokens that were said already."""
        if not (self._bias or self._frequency or self._presence):
            return logits
        if self._bias and max(self._bias) >= len(logits) or min(self._bias, default=0) < 0:
            raise InputError(
                f"logit_bias names a token that this model does not have; its ids end at {len(logits) - 1}.",
                "Use the token ids of this model.",
            )
        logits = logits.astype(np.float64)
        for token, bias in self._bias.items():
            logits[token] += bias
        for token, times in self._said.items():
            logits[token] -= self._frequency * times + self._presence
        return logits

    def _held_to_grammar(self, token: int, logits: np.ndarray) -> int:
        if not self._grammar.allows(token):
            logits = self._grammar.among(logits)
            if not np.isfinite(logits.max()):
                raise UnavailableError("No token of the model fits the form asked for.", "Change the JSON schema.")
            token = self._draw(logits)
        self._grammar.accept(token)
        return token

    def _draw(self, logits: np.ndarray) -> int:
        if self._temperature == 0:
            return int(logits.argmax())
        scaled = logits.astype(np.float64) / self._temperature
        weights = np.exp(scaled - scaled.max())
        weights /= weights.sum()
        candidates = self._likeliest(weights) if self._top_p < 1 else np.arange(len(weights))
        reached = weights[candidates].cumsum()
        drawn = np.searchsorted(reached, self._random.random() * reached[-1], side="right")
        return int(candidates[min(drawn, len(candidates) - 1)])

    def _likeliest(self, weights: np.ndarray) -> np.ndarray:
        """The fewest tokens whose probabilities reach top-p, likeliest first (of equals, the lower id)."""
        candidates = np.arange(len(weights))
        if len(weights) > _SHORTLIST:  # sorting a vocabulary of 128,000 at every token costs more than the model
            shortlist = np.sort(np.argpartition(weights, -_SHORTLIST)[-_SHORTLIST:])
            if weights[shortlist].sum() >= self._top_p:
                candidates = shortlist
        candidates = candidates[np.argsort(-weights[candidates], kind="stable")]
        enough = np.searchsorted(weights[candidates].cumsum(), self._top_p, side="left") + 1
        return candidates[:enough]


class StopWatch:
    """Lets text through until a stop text appears in it, holding back what may be the beginning of one."""

    def __init__(self, stops: tuple[str, ...]):
        self._stops = stops
        self._held = ""
        self.stopped = False

    def push(self, text: str) -> str:
        """What of the text so far is certain to come before any stop."""
        self._held += text
        found = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            certain, self._held = self._held[: min(found)], ""
            return certain
        keep = max((overlap(self._held, stop) for stop in self._stops), default=0)
        certain, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return certain

    def rest(self) -> str:
        """What was held back, once no more text comes."""
        held, self._held = self._held, ""
        return held


def overlap(text: str, stop: str) -> int:
    """The longest end of `text` that begins `stop`."""
    return next((length for length in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:length])), 0)
