"""What a question of the general set is: its field, a right answer, wrong ones, and how an answer is judged."""

from collections.abc import Callable
from typing import NamedTuple

from core.specs.results.forgetting import Field


class Item(NamedTuple):
    """A question. Without `accepts` it is multiple choice between `right` and `wrong`, which are not shown.

    With it, the model writes an answer of its own; `right` is one that is accepted, `wrong` are some that are not.
    """

    field: Field
    question: str
    right: str
    wrong: tuple[str, ...]
    accepts: Callable[[str], bool] | None = None

    @property
    def choices(self) -> tuple[str, ...]:
        """All answers to choose from, the right one first."""
        return self.right, *self.wrong
