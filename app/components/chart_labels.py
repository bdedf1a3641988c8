"""The names of curves at their ends, moved apart where they would overlap."""

from app.components.chart_style import line_style


def label_ends(figure, series: dict[str, list[tuple[float, float]]], log_y: bool) -> None:
    """Add the name of each series at its end, moved apart where two end close together.

    A dot has the curve's colour; the name has the text colour, as no single colour has enough contrast in both themes.
    """
    values = [_log(y) if log_y else y for points in series.values() for _, y in points if y is not None]
    if not values:
        return
    pixels = _PLOT_PIXELS / ((max(values) - min(values)) or 1)
    ends = [(name, *points[-1]) for name, points in series.items() if points and points[-1][1] is not None]
    ends = sorted(((name, x, _log(y) if log_y else y) for name, x, y in ends), key=lambda end: end[2])
    wanted = [place * pixels for _, _, place in ends]
    for (name, x, place), was, put in zip(ends, wanted, _moved_apart(wanted, max(values) * pixels), strict=True):
        dot = f'<span style="color:{line_style(name, 2, series)["line"]["color"]}">●</span>'
        figure.add_annotation(
            x=x, y=place, text=f"{dot} {name}", showarrow=False, xanchor="left", xshift=6, yshift=put - was,
            font_size=13,
        )  # fmt: skip


def _moved_apart(wanted: list[float], top: float) -> list[float]:
    """Positions for labels, lowest first, without overlap and none above `top`."""
    put = []
    for place in wanted:
        put.append(max(place, put[-1] + _LABEL_PIXELS) if put else place)
    return [
        min(place, top - above * _LABEL_PIXELS) for above, place in zip(reversed(range(len(put))), put, strict=True)
    ]


_PLOT_PIXELS, _LABEL_PIXELS = 250, 22
"""The approximate height of the plot area, and of a label."""


def _log(value: float) -> float:
    from math import log10

    return log10(value) if value > 0 else 0.0
