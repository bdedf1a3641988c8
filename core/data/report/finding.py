"""One thing that is wrong or worth knowing about a dataset, as its report holds it."""

from dataclasses import dataclass, field

from core.specs import Mend

MANY = 0.01
"""From this share of the examples on, what is bad in each is a warning."""


@dataclass(frozen=True)
class Finding:
    """One thing found. `count` is of examples, `rows` are ids of some of them, `pairs` are (row, row, similarity)."""

    kind: str
    severity: str
    title: str
    why: str
    count: int
    rows: list[int] = field(default_factory=list)
    pairs: list[list[float]] = field(default_factory=list)
    mend: Mend | None = None


def counted(count: int) -> str:
    return f"{count:,} {'example' if count == 1 else 'examples'}"
