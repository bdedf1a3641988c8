"""What all charts share: colours, layout, redrawing in place, and the table behind each."""

import json
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

import streamlit as st

from app.components.scripted import scripted, serve_folder

HEIGHT_PIXELS = 340
BASE, TUNED, WATCHED = "#8A93A3", "#3F74E0", "#B26A00"
"""Colours with enough contrast in both themes; a model has the same colour everywhere."""


def draw_in_place(figure, key: str, alt: str) -> None:
    """Draw in the theme's colours and update in place; `assets/chart/chart.js` explains why not with Streamlit."""
    serve_folder("plotly", Path(find_spec("plotly").origin).parent / "package_data")
    scripted(
        "chart",
        '<div class="plot" role="group" data-testid="chart"></div>',
        apart=False,
        key=f"plot-{key}",
        data={"figure": json.loads(figure.to_json(validate=False)), "config": _CONFIG, "alt": alt},
    )


def rows_behind(rows: list[dict], key: str) -> None:
    """The data of a bar chart as a table, behind a toggle."""
    if rows and st.toggle("Show as a table", key=f"{key}-table"):
        st.dataframe(rows, hide_index=True)


def table_behind(series: dict[str, list[tuple[float, float]]], x: str, key: str) -> None:
    """The data of a line chart as a table, for those who cannot see it or want the numbers."""
    if not series or not st.toggle("Show as a table", key=f"{key}-table"):
        return
    steps = sorted({step for points in series.values() for step, _ in points})
    looked_up = {name: dict(points) for name, points in series.items()}
    rows = [{x: step} | {name: values.get(step) for name, values in looked_up.items()} for step in steps]
    to_four_digits = dict.fromkeys(looked_up, st.column_config.NumberColumn(format="%.4g"))
    st.dataframe(rows, hide_index=True, column_config=to_four_digits)


SEQUENCE = ("#7B5BD6", "#B05CB8", "#0F8A9C", "#B26A00", "#C4455B", "#4C8A2B", "#9A7136", "#5C7FA3")
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


def line_style(name: str, points: int, names: Collection[str]) -> dict:
    """The style of one of the curves `names`; those without a fixed style get different colours."""
    others = [one for one in names if one not in _STYLES]
    palette = [TUNED, *SEQUENCE][len(others) < len(names) :]
    style = _STYLES.get(name)
    if not style:
        style = {"line": {"color": palette[others.index(name) % len(palette)], "width": 2}}
    return style | {"mode": "lines+markers" if points == 1 or name == "validation" else "lines"}


def dress(figure, x: str, y: str, key: str) -> None:
    figure.update_layout(
        height=HEIGHT_PIXELS,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},  # the toolbar sits above the data
        showlegend=False,
        hovermode="closest",
        uirevision=key,
        xaxis_title=x,
        yaxis_title=y,
    )
