"""Every chart of the studio: direct labels, exact values on hover, a table behind each."""

from html import escape

from app.components.chart_labels import label_ends
from app.components.chart_style import (
    BASE,
    HEIGHT_PIXELS,
    SEQUENCE,
    TUNED,
    WATCHED,
    draw_in_place,
    dress,
    line_style,
    rows_behind,
    table_behind,
)
from app.wording.markdown import cut_middle
from core.specs.results.report import Bin


def line_chart(
    series: dict[str, list[tuple[float, float]]],
    *,
    x: str,
    y: str,
    key: str,
    log_y: bool = False,
    mark: tuple[float, str] | None = None,
) -> None:
    """Draw named series of (x, y) points, and a labelled vertical line at `mark`.

    `key` keeps the zoom while the chart refreshes.
    """
    # Plotly takes a good part of a second to import: only pages with charts should pay for it.
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, points in series.items():
        if not points:
            continue
        xs, ys = zip(*points, strict=True)
        style = line_style(name, len(points), series)
        figure.add_scatter(
            x=xs, y=ys, name=name, **style, hovertemplate=f"{x} %{{x}}<br>{name} %{{y:.5g}}<extra></extra>"
        )
    if mark:
        figure.add_vline(
            x=mark[0], line={"color": WATCHED, "dash": "dot", "width": 1.5},
            annotation={"text": mark[1], "font_size": 13, "yanchor": "bottom", "xanchor": "center"},
        )  # fmt: skip
    label_ends(figure, series, log_y)
    dress(figure, x, y, key)
    figure.update_yaxes(type="log" if log_y else "linear")
    places = [place for points in series.values() for place, _ in points]
    if x == "step" and places and max(places) - min(places) <= _FEW_STEPS:
        figure.update_xaxes(dtick=1)  # no half steps
    draw_in_place(figure, key, f"{y or ' and '.join(series)} by {x}")
    table_behind({name: points for name, points in series.items() if points}, x, key)


def interval_chart(
    rows: list[tuple[str, str, float, float | None, float | None]], *, x: str, reference: str, key: str
) -> None:
    """Draw (metric, model, value, low, high) rows as points with intervals, grouped by metric.

    The `reference` model is grey, the others have colours by their order.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    metrics, models = (list(dict.fromkeys(row[part] for row in rows)) for part in (0, 1))
    others = iter([TUNED, *SEQUENCE] * len(models))
    for place, model in enumerate(models):
        mine = [row for row in rows if row[1] == model]
        colour = BASE if model == reference else next(others)
        beside = min(_APART, _MOST_APART / len(models)) * (place - (len(models) - 1) / 2)
        figure.add_scatter(
            x=[row[2] for row in mine],
            y=[metrics.index(row[0]) + beside for row in mine],
            name=escape(cut_middle(model, _NAME_CHARACTERS)),
            mode="markers",
            marker={"color": colour, "size": 8},
            error_x={
                "array": [0 if row[4] is None else row[4] - row[2] for row in mine],
                "arrayminus": [0 if row[3] is None else row[2] - row[3] for row in mine],
                "color": colour,
                "thickness": 1.5,
                "width": 3,
            },
            customdata=[row[0] for row in mine],
            hovertemplate="%{customdata}<br>" + escape(model) + " %{x:.3g}<extra></extra>",
        )
    dress(figure, x, "", key)
    height = max(HEIGHT_PIXELS, 90 + _METRIC_PIXELS * len(metrics))
    legend = {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0}
    figure.update_layout(showlegend=True, legend=legend, height=height)
    figure.update_yaxes(tickvals=list(range(len(metrics))), ticktext=metrics, range=[len(metrics) - 0.5, -0.5])
    draw_in_place(figure, key, x)


def bar_chart(values: dict[str, float], *, x: str, y: str, key: str) -> None:
    """Draw one bar per name, for counts. Names may be untrusted text."""
    import plotly.graph_objects as go

    # Numbered positions, not names: two long names may be cut to the same text, and Plotly interprets some HTML.
    names = [escape(cut_middle(name, _NAME_CHARACTERS)) for name in values]
    figure = go.Figure(go.Bar(x=list(range(len(values))), y=list(values.values()), marker_color=TUNED))
    figure.update_traces(customdata=names, hovertemplate="%{customdata}: %{y:,}<extra></extra>")
    dress(figure, x, y, key)
    figure.update_layout(height=240)
    figure.update_xaxes(tickvals=list(range(len(values))), ticktext=names, automargin=True)
    draw_in_place(figure, key, f"{y} by {x or 'name'}")
    rows_behind([{x or "name": name, y: value} for name, value in values.items()], key)


def histogram_chart(bars: list[Bin], *, x: str, y: str, key: str, mark: tuple[float, str] | None = None) -> None:
    """Draw bars on a number axis, and a labelled vertical line at `mark`."""
    import plotly.graph_objects as go

    spans = [f"{bar.low:,} to {bar.below - 1:,}" for bar in bars]
    beyond = [bool(mark) and bar.low >= mark[0] for bar in bars]
    figure = go.Figure(
        go.Bar(
            x=[(bar.low + bar.below) / 2 for bar in bars],
            width=[bar.below - bar.low for bar in bars],
            y=[bar.count for bar in bars],
            customdata=spans,
            marker_color=[WATCHED if far else TUNED for far in beyond],
            hovertemplate=f"%{{customdata}} {x}: %{{y:,}}<extra></extra>",
        )
    )
    dress(figure, x, y, key)
    figure.update_layout(height=240, bargap=0.04)
    if mark:
        figure.add_vline(
            x=mark[0], line={"color": WATCHED, "dash": "dash", "width": 1.5},
            annotation={"text": f"{mark[1]}, {mark[0]:,}", "font_size": 13},
        )  # fmt: skip
    draw_in_place(figure, key, f"{y} by {x}")
    rows_behind([{x: span, y: bar.count} for span, bar in zip(spans, bars, strict=True)], key)


_FEW_STEPS = 5
_NAME_CHARACTERS = 32
_APART, _MOST_APART = 0.22, 0.8
"""The distance between two models' intervals, as a share of the distance between metrics."""
_METRIC_PIXELS = 36
