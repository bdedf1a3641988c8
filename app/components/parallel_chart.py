"""Parallel coordinates: a line per run through an axis per setting, to see which values go with low losses.

Drawn as plain lines, not as Plotly's own `parcoords`, which needs WebGL and cannot be read out or hovered run by run.
"""

import math
from dataclasses import dataclass
from html import escape

from app.components.chart_style import BASE, TUNED, draw_in_place, dress
from app.wording.markdown import cut_middle
from app.wording.numbers import setting_text

_WIDE = 10
"""A numeric axis whose values span this factor is logarithmic."""
_LABELS_APART = 0.07
_SHOWN_CHARACTERS = 14
_BESIDE = (
    {"xanchor": "right", "xshift": -7},
    {"xanchor": "left", "xshift": 7, "bgcolor": "white"},
)
"""Where the marks of the first axis stand, and those of the others: on a ground of the theme's colour (`chart.js`), as
lines cross them."""
_ROOM = 0.12
"""Left of the first axis, as a share of all: half of its name has to fit on a phone."""


@dataclass(frozen=True)
class Axis:
    """One axis: where each value lies between 0 and 1, and the marks along it."""

    name: str
    places: tuple[float | None, ...]
    marks: tuple[tuple[float, str], ...]


def parallel_chart(columns: dict[str, list], names: list[str], best: int | None, *, key: str) -> None:
    """Draw a line for each of `names` through `columns` (one value per name; None where there is none).

    The line of number `best` is drawn in the accent colour, on top.
    """
    import plotly.graph_objects as go

    axes = [axis_of(name, values) for name, values in columns.items()]
    figure = go.Figure()
    for number in sorted(range(len(names)), key=lambda number: number == best):
        drawn = [(x, axis.places[number]) for x, axis in enumerate(axes) if axis.places[number] is not None]
        if not drawn:
            continue
        told = "<br>".join(f"{escape(name)}: {_shown(values[number])}" for name, values in columns.items())
        figure.add_scatter(
            x=[x for x, _ in drawn],
            y=[y for _, y in drawn],
            mode="lines+markers",
            name=escape(names[number]),
            line={"color": TUNED if number == best else BASE, "width": 3.5 if number == best else 1.5},
            opacity=1 if number == best else 0.55,
            hovertemplate=f"{escape(names[number])}<br>{told}<extra></extra>",
        )
    for x, axis in enumerate(axes):
        figure.add_vline(x=x, line={"color": BASE, "width": 1}, layer="below")
        for y, text in axis.marks:
            figure.add_annotation(x=x, y=y, text=escape(text), showarrow=False, font_size=12, **_BESIDE[x > 0])
    dress(figure, "", "", key)
    figure.update_xaxes(
        tickvals=list(range(len(axes))), ticktext=[escape(axis.name) for axis in axes],
        range=[-_ROOM * len(axes), len(axes) - 0.6],
        showgrid=False, zeroline=False,
    )  # fmt: skip
    figure.update_yaxes(visible=False, range=[-0.06, 1.06])
    draw_in_place(figure, key, f"{', '.join(axis.name for axis in axes)} of {len(names)} runs")


def axis_of(name: str, values: list) -> Axis:
    """The axis of a column: logarithmic where its numbers span a factor of ten, one place per word for others."""
    known = [value for value in values if value is not None]
    if known and all(type(value) in (int, float) and math.isfinite(value) for value in known):
        low, high = min(known), max(known)
        by_order = low > 0 and high / low >= _WIDE
        scaled = math.log if by_order else float
        span = scaled(high) - scaled(low)
        place = {value: (scaled(value) - scaled(low)) / span if span else 0.5 for value in known}
    else:
        words = sorted(set(known), key=str)
        place = {word: number / (len(words) - 1) if len(words) > 1 else 0.5 for number, word in enumerate(words)}
    marks, last = [], -1.0
    for value, at in sorted(place.items(), key=lambda one: one[1]):
        if at - last >= _LABELS_APART:
            marks.append((at, _shown(value)))
            last = at
    return Axis(name, tuple(None if value is None else place[value] for value in values), tuple(marks))


def _shown(value: object) -> str:
    return cut_middle(setting_text(float(f"{value:.4g}") if isinstance(value, float) else value), _SHOWN_CHARACTERS)
