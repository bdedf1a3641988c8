"""How long sample answers may be, so that they take at most a twentieth of a run's training time."""

from core.training.run.checkpoints import RunState

LARGEST_SHARE = 0.05
"""Of the time spent in steps."""
_FEWEST_TOKENS = 8
"""Shorter answers show nothing: rather none, until there is time for so many."""


def affordable_tokens(state: RunState, most: int, is_last: bool) -> int:
    """Tokens of each answer at the validation after `state.step`, up to `most`; 0 if there is no time for answers now.

    What a token costs is known from the answers before it: those to the base model, which come first, are as long as
    allowed, and what they took is made up for later. The last answers, which a person wants most, are never left out.
    """
    if not state.answer_tokens:
        return most
    left_seconds = LARGEST_SHARE * state.seconds - state.answer_seconds
    tokens = int(left_seconds * state.answer_tokens / state.answer_seconds)
    if tokens < _FEWEST_TOKENS:
        return _FEWEST_TOKENS if is_last else 0
    return min(tokens, most)
