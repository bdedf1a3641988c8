"""What is in a dataset: its splits, its examples, how long they are, and what was left out and why."""

import streamlit as st

from app.components.charts import bar_chart
from app.components.wording import as_text
from app.datasets import preview

_PAGE = 10


def dataset_view(dataset: dict) -> None:
    """Counts, examples, lengths and topics, what was left out."""
    report = dataset["report"]
    st.subheader(as_text(dataset["name"]), anchor=False)
    places = st.columns(5)
    for place, (split, count) in zip(places, report["splits"].items(), strict=False):
        place.metric(split.capitalize(), f"{count:,}")
    places[3].metric("Duplicates left out", f"{report['duplicates']:,}")
    places[4].metric(
        "Left out in all", f"{report['counts']['dropped']:,}", help=f"of {report['counts']['read']:,} read"
    )
    for note in [report.get("notice"), *report["source"]["notes"]]:
        if note:
            st.caption(as_text(note))
    examples, shape, dropped = st.tabs(["Examples", "Topics and lengths", "Left out"])
    with examples:
        _examples(dataset)
    with shape:
        _shape(report)
    with dropped:
        _dropped(report)


def _examples(dataset: dict) -> None:
    filled = [split for split, count in dataset["report"]["splits"].items() if count]
    split = st.segmented_control("Split", filled, default=filled[0], key="preview-split") or filled[0]
    pages = -(-dataset["report"]["splits"][split] // _PAGE)
    page = st.pagination(pages, key=f"preview-{split}") or 1
    rows = preview(dataset["id"], split, offset=(page - 1) * _PAGE, limit=_PAGE)
    shown = [name for name in ("instruction", "input", "output", "topic") if any(row.get(name) for row in rows)]
    st.dataframe(
        [{name: row.get(name, "") for name in shown} for row in rows],
        hide_index=True,
        row_height=76,
        column_config={"output": st.column_config.TextColumn(width="large")},
    )


def _shape(report: dict) -> None:
    if report["topics"]:
        st.caption(f"Topics, by {as_text(report['topics_from'])}")
        bar_chart(report["topics"], x="", y="examples", key="topics")
    lengths = report["lengths"]
    st.caption(
        f"Words an example, question and answer together: median {lengths['median']:g}, "
        f"95 % have {lengths['p95']:g} or fewer, longest {lengths['max']:,}"
    )
    bars = {f"{bar['from']}–{bar['below'] - 1}": bar["count"] for bar in lengths["histogram"]}
    bar_chart(bars, x="words", y="examples", key="lengths")


def _dropped(report: dict) -> None:
    if report["cleaned"]:
        st.caption("Cleaned: " + as_text(", ".join(f"{how} in {count:,}" for how, count in report["cleaned"].items())))
    if not report["dropped"]:
        st.caption("Nothing was left out.")
        return
    rows = [
        {"Why": why, "Count": entry["count"], "Rows": ", ".join(map(str, entry["rows"]))}
        for why, entry in report["dropped"].items()
    ]
    st.dataframe(rows, hide_index=True)
