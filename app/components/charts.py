"""Every chart of the studio, in one style: direct labels, exact values on hover, a table behind each."""

import json
from collections.abc import Collection
from html import escape
from importlib.util import find_spec
from pathlib import Path

import streamlit as st

from app.components.scripted import scripted, serve_folder
from app.wording.markdown import cut_middle

HEIGHT_PIXELS = 340
BASE, TUNED, WATCHED = "#8A93A3", "#3F74E0", "#B26A00"
"""Colours of curves and bars that stand out in both looks; the same model has the same colour everywhere."""


def line_chart(
    series: dict[str, list[tuple[float, float]]],
    *,
    x: str,
    y: str,
    key: str,
    log_y: bool = False,
    mark: tuple[float, str] | None = None,
) -> None:
    """Draw named series of (x, y) points, and a line with words at the x of `mark`.

    `key` keeps the person's zoom while the chart refreshes.
    """
    # Plotly takes a good part of a second to import: only pages that draw pay for it.
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, points in series.items():
        if not points:
            continue
        xs, ys = zip(*points, strict=True)
        style = _line_style(name, len(points), series)
        figure.add_scatter(
            x=xs, y=ys, name=name, **style, hovertemplate=f"{x} %{{x}}<br>{name} %{{y:.5g}}<extra></extra>"
        )
    if mark:
        figure.add_vline(
            x=mark[0], line={"color": WATCHED, "dash": "dot", "width": 1.5},
            annotation={"text": mark[1], "font_size": 13, "yanchor": "bottom", "xanchor": "center"},
        )  # fmt: skip
    _label_ends(figure, series, log_y)
    _dress(figure, x, y, key)
    figure.update_yaxes(type="log" if log_y else "linear")
    _draw_in_place(figure, key, f"{y or ' and '.join(series)} by {x}")
    table_behind({name: points for name, points in series.items() if points}, x, key)


def _draw_in_place(figure, key: str, alt: str) -> None:
    """Draw in the colours of the look, and take up what changes: `assets/chart/chart.js` says why not as Streamlit."""
    serve_folder("plotly", Path(find_spec("plotly").origin).parent / "package_data")
    scripted(
        "chart",
        '<div class="plot" role="group" data-testid="chart"></div>',
        apart=False,
        key=f"plot-{key}",
        data={"figure": json.loads(figure.to_json(validate=False)), "config": _CONFIG, "alt": alt},
    )


def _label_ends(figure, series: dict[str, list[tuple[float, float]]], log_y: bool) -> None:
    """The name of each series beside its end, those that end close together moved apart.

    A dot has the curve's colour; the words have that of text, as no one colour stands out enough in both looks.
    """
    values = [_log(y) if log_y else y for points in series.values() for _, y in points if y is not None]
    if not values:
        return
    pixels = _PLOT_PIXELS / ((max(values) - min(values)) or 1)
    ends = [(name, *points[-1]) for name, points in series.items() if points and points[-1][1] is not None]
    ends = sorted(((name, x, _log(y) if log_y else y) for name, x, y in ends), key=lambda end: end[2])
    wanted = [place * pixels for _, _, place in ends]
    for (name, x, place), was, put in zip(ends, wanted, _moved_apart(wanted, max(values) * pixels), strict=True):
        dot = f'<span style="color:{_line_style(name, 2, series)["line"]["color"]}">●</span>'
        figure.add_annotation(
            x=x, y=place, text=f"{dot} {name}", showarrow=False, xanchor="left", xshift=6, yshift=put - was,
            font_size=13,
        )  # fmt: skip


def _moved_apart(wanted: list[float], top: float) -> list[float]:
    """Places for labels, the lowest first, so that none covers another and none stands above `top`."""
    put = []
    for place in wanted:
        put.append(max(place, put[-1] + _LABEL_PIXELS) if put else place)
    return [
        min(place, top - above * _LABEL_PIXELS) for above, place in zip(reversed(range(len(put))), put, strict=True)
    ]


def interval_chart(rows: list[tuple[str, str, float, float | None, float | None]], *, x: str, key: str) -> None:
    """Draw (metric, model, value, low, high) rows as points with their intervals, a metric's close together."""
    import plotly.graph_objects as go

    figure = go.Figure()
    metrics, models = (list(dict.fromkeys(row[part] for row in rows)) for part in (0, 1))
    for place, model in enumerate(models):
        mine = [row for row in rows if row[1] == model]
        colour = {"Base model": BASE, "Tuned": TUNED}.get(model, _SEQUENCE[place % len(_SEQUENCE)])
        beside = _APART * (place - (len(models) - 1) / 2)
        figure.add_scatter(
            x=[row[2] for row in mine],
            y=[metrics.index(row[0]) + beside for row in mine],
            name=model,
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
            hovertemplate="%{customdata}<br>" + model + " %{x:.3g}<extra></extra>",
        )
    _dress(figure, x, "", key)
    height = max(HEIGHT_PIXELS, 90 + _METRIC_PIXELS * len(metrics))
    legend = {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0}
    figure.update_layout(showlegend=True, legend=legend, height=height)
    figure.update_yaxes(tickvals=list(range(len(metrics))), ticktext=metrics, range=[len(metrics) - 0.5, -0.5])
    _draw_in_place(figure, key, x)


def bar_chart(values: dict[str, float], *, x: str, y: str, key: str) -> None:
    """Draw one bar a name, for counts. Names may be anybody's text."""
    import plotly.graph_objects as go

    # Places instead of names: two long names may be cut to the same one, and Plotly reads some of HTML in a name.
    names = [escape(cut_middle(name, _NAME_CHARACTERS)) for name in values]
    figure = go.Figure(go.Bar(x=list(range(len(values))), y=list(values.values()), marker_color=TUNED))
    figure.update_traces(customdata=names, hovertemplate="%{customdata}: %{y:,}<extra></extra>")
    _dress(figure, x, y, key)
    figure.update_layout(height=240)
    figure.update_xaxes(tickvals=list(range(len(values))), ticktext=names, automargin=True)
    _draw_in_place(figure, key, f"{y} by {x or 'name'}")
    rows_behind([{x or "name": name, y: value} for name, value in values.items()], key)


def histogram_chart(bars: list[dict], *, x: str, y: str, key: str, mark: tuple[float, str] | None = None) -> None:
    """Draw bars {"from", "below", "count"} on an axis of numbers, and a line with words at `mark`."""
    import plotly.graph_objects as go

    spans = [f"{bar['from']:,} to {bar['below'] - 1:,}" for bar in bars]
    beyond = [bool(mark) and bar["from"] >= mark[0] for bar in bars]
    figure = go.Figure(
        go.Bar(
            x=[(bar["from"] + bar["below"]) / 2 for bar in bars],
            width=[bar["below"] - bar["from"] for bar in bars],
            y=[bar["count"] for bar in bars],
            customdata=spans,
            marker_color=[WATCHED if far else TUNED for far in beyond],
            hovertemplate=f"%{{customdata}} {x}: %{{y:,}}<extra></extra>",
        )
    )
    _dress(figure, x, y, key)
    figure.update_layout(height=240, bargap=0.04)
    if mark:
        figure.add_vline(
            x=mark[0], line={"color": WATCHED, "dash": "dash", "width": 1.5},
            annotation={"text": f"{mark[1]}, {mark[0]:,}", "font_size": 13},
        )  # fmt: skip
    _draw_in_place(figure, key, f"{y} by {x}")
    rows_behind([{x: span, y: bar["count"]} for span, bar in zip(spans, bars, strict=True)], key)


def rows_behind(rows: list[dict], key: str) -> None:
    """The figures of a chart of counts as a table."""
    if rows and st.toggle("Show as a table", key=f"{key}-table"):
        st.dataframe(rows, hide_index=True)


def table_behind(series: dict[str, list[tuple[float, float]]], x: str, key: str) -> None:
    """The figures of a chart as a table, for those who cannot see it or want the numbers."""
    if not series or not st.toggle("Show as a table", key=f"{key}-table"):
        return
    steps = sorted({step for points in series.values() for step, _ in points})
    looked_up = {name: dict(points) for name, points in series.items()}
    rows = [{x: step} | {name: values.get(step) for name, values in looked_up.items()} for step in steps]
    to_four_digits = dict.fromkeys(looked_up, st.column_config.NumberColumn(format="%.4g"))
    st.dataframe(rows, hide_index=True, column_config=to_four_digits)


_SEQUENCE = ("#7B5BD6", "#B05CB8", "#0F8A9C", "#B26A00")
_NAME_CHARACTERS = 32
_PLOT_PIXELS, _LABEL_PIXELS = 250, 22
"""About how high the area of the data is, and a label."""
_APART = 0.22
"""Between the intervals of two models, of the distance between two metrics."""
_METRIC_PIXELS = 36
_CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d", "sendChartToCloud"],
    "plotlyServerURL": "",  # nothing is sent to Plotly's cloud
}
_STYLES = {
    "training": {"line": {"color": BASE, "width": 1.5}},
    "smoothed": {"line": {"color": TUNED, "width": 2.5}},
    "validation": {"line": {"color": WATCHED, "width": 2.5}, "marker": {"size": 7}},
}


def _line_style(name: str, points: int, names: Collection[str]) -> dict:
    """How one of the curves called `names` is drawn; those without a style of their own are told apart by colour."""
    others = [one for one in names if one not in _STYLES]
    palette = [TUNED, *_SEQUENCE][len(others) < len(names) :]
    style = _STYLES.get(name)
    if not style:
        style = {"line": {"color": palette[others.index(name) % len(palette)], "width": 2}}
    return style | {"mode": "lines+markers" if points == 1 or name == "validation" else "lines"}


def _dress(figure, x: str, y: str, key: str) -> None:
    figure.update_layout(
        height=HEIGHT_PIXELS,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},  # the toolbar has its place above the data
        showlegend=False,
        hovermode="closest",
        uirevision=key,
        xaxis_title=x,
        yaxis_title=y,
    )


def _log(value: float) -> float:
    from math import log10

    return log10(value) if value > 0 else 0.0
