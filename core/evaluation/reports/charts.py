"""The charts of a report: inline SVG in a table with one row per model, the figures as text beside it."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from core.evaluation.reports.figures import has_interval
from core.specs.results.evaluate import Score

_WIDTH, _HEIGHT, _AXIS_HEIGHT, _MARGIN = 320, 18, 22, 10
_TICKS = 4
"""Steps of the axis, about."""
_BEYOND = 1.05


class Scale(NamedTuple):
    """The range of a chart, from which values become places, and where its axis has ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """The horizontal place of a finite value in the SVG's units; what lies outside is at the end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(_MARGIN + share * (_WIDTH - 2 * _MARGIN), 1)


def share_scale() -> Scale:
    """From 0 to 1, for shares."""
    return Scale(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))


def scale_of(scores: Iterable[Score], centre: float | None = None) -> Scale:
    """A scale that holds all values and intervals, and `centre`; its ticks are round numbers."""
    values = [end for score in scores for end in (score.value, score.low, score.high) if end is not None]
    values = [value for value in (*values, *([] if centre is None else [centre])) if math.isfinite(value)]
    low, high = min(values, default=0.0), max(values, default=1.0)
    if low == high:
        low, high = (low - 0.1, high + 0.1) if low in (0.0, centre) else sorted((low * 0.9, high * 1.1))
    step = _round_step((high - low) / _TICKS)
    first, last = math.floor(low / step), math.ceil(high / step)
    return Scale(first * step, last * step, tuple(round(place * step, 12) for place in range(first, last + 1)))


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power * _BEYOND >= least)


def axis(scale: Scale, labels: Sequence[str]) -> Markup:
    """The scale's ticks with their labels, for a table's head."""
    parts = []
    for place, (tick, label) in enumerate(zip(scale.ticks, labels, strict=True)):
        anchor = "start" if place == 0 else "end" if place == len(scale.ticks) - 1 else "middle"
        x = scale.place(tick) + {"start": -_MARGIN + 1, "middle": 0, "end": _MARGIN - 1}[anchor]
        parts.append(Markup('<text x="{}" y="11" text-anchor="{}">{}</text>').format(x, anchor, label))
        parts.append(Markup('<line class="grid" x1="{0}" x2="{0}" y1="16" y2="{1}"/>').format(
            scale.place(tick), _AXIS_HEIGHT))  # fmt: skip
    return _svg(parts, _AXIS_HEIGHT)


def interval(scale: Scale, score: Score, kind: str, zero: bool = False) -> Markup:
    """A value with its interval. `kind` is a class of the style sheet; with `zero`, a line stands where nothing is.

    What is not finite has no place: there is neither dot nor whisker.
    """
    parts = [
        Markup('<line class="{0}" x1="{1}" x2="{1}" y1="0" y2="{2}"/>').format(
            "zero" if zero and tick == 0 else "grid", scale.place(tick), _HEIGHT
        )
        for tick in scale.ticks
    ]
    middle = _HEIGHT / 2
    if has_interval(score):
        low, high = scale.place(score.low), scale.place(score.high)
        parts.append(Markup('<line class="whisker {}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
            kind, low, high, middle, middle))  # fmt: skip
        parts += [
            Markup('<line class="whisker {0}" x1="{1}" x2="{1}" y1="{2}" y2="{3}"/>').format(
                kind, end, middle - 4, middle + 4
            )
            for end in (low, high)
        ]
    if math.isfinite(score.value):
        parts.append(Markup('<circle class="dot {}" cx="{}" cy="{}" r="4.5"/>').format(
            kind, scale.place(score.value), middle))  # fmt: skip
    return _svg(parts, _HEIGHT)


def _svg(parts: Iterable[Markup], height: int) -> Markup:
    """Hidden from screen readers, which read the figures beside it."""
    start = Markup('<svg viewBox="0 0 {0} {1}" width="{0}" height="{1}" aria-hidden="true">').format(_WIDTH, height)
    return start + Markup("").join(parts) + Markup("</svg>")
