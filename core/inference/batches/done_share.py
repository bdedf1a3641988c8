"""How much of a batch of answers is done, while nobody knows how long they will be."""

from collections.abc import Iterable

from core.inference.engine import OnDone


class DoneShare:
    """Tells `done` about finished answers, and about the share of those in progress that is likely done.

    An answer is taken to end after every token with the same probability, which the tokens and ends so far give by
    maximum likelihood for censored times: the mean length is all tokens, also of unfinished answers, over the ends. So
    short answers, which end first, do not make the rest look short.
    """

    def __init__(self, done: OnDone):
        self._done = done
        self._told = 0.0
        self._ended = self._tokens = 0

    def ended(self, tokens: int) -> None:
        """One more answer is over, after so many tokens."""
        self._ended += 1
        self._tokens += tokens

    def tell(self, in_progress: Iterable[tuple[int, int]]) -> None:
        """Call `done`, given the tokens and the limit of each answer in progress. Raises what `done` raises."""
        going = list(in_progress)
        tokens = self._tokens + sum(count for count, _ in going)
        mean = tokens / self._ended if self._ended else float("inf")
        share = self._ended + sum(count / (count + min(mean, limit - count)) for count, limit in going if count)
        self._done(max(0.0, share - self._told))
        self._told = max(self._told, share)
