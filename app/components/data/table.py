"""The rows of a dataset as a table: search, filter, sort, page by page."""

import json

import streamlit as st

from app.components.data.draft import apply_draft, draft_of
from app.components.data.row_actions import row_actions
from app.components.errors import showing_errors
from app.plumbing.inspection import ask
from app.wording.markdown import as_text
from app.wording.numbers import plural

_PAGE, _HEIGHT_PIXELS, _ROWS_IN_VIEW = 50, 460, 12
_CELL_CHARACTERS = 600
_ALL = "all"
_WIDTHS_PIXELS = {
    "row": 60, "split": 80, "change": 70, "instruction": 260, "input": 160, "output": 340, "messages": 420,
    "chosen": 280, "rejected": 280, "text": 600, "label": 70, "system": 140, "tools": 120,
}  # fmt: skip


def show_rows(dataset_id: str, title: str, rows: list[int]) -> None:
    """Show only these rows in the table at the next rerun; for `on_click`."""
    st.session_state[f"view-{dataset_id}"] = "Rows"
    st.session_state[f"only-{dataset_id}"] = {"title": title, "rows": [int(row) for row in rows]}


def table_view(dataset: dict) -> None:
    """Draw the table with its filters, and the actions on the selected rows."""
    query = _query(dataset, _only(dataset["id"]))
    st.space("small")  # for the table's own buttons, which appear above it
    # Each query starts at its own first page.
    place = f"page-{dataset['id']}-{hash(json.dumps(query))}"
    page = st.session_state.get(place, 1)
    with showing_errors():
        found = ask(
            "table_page",
            folder=dataset["path"],
            cell_characters=_CELL_CHARACTERS,
            offset=(page - 1) * _PAGE,
            limit=_PAGE,
            **query,
        )
        _rows(dataset, found, place)


def _only(dataset_id: str) -> list[int]:
    """The rows that a finding listed, until "Show all rows" is pressed."""
    only = st.session_state.get(f"only-{dataset_id}")
    if not only:
        return []
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Only {plural(len(only['rows']), 'row')} · {as_text(only['title'])}")
        st.button(
            "Show all rows",
            icon=":material/filter_list_off:",
            on_click=st.session_state.pop,
            args=(f"only-{dataset_id}",),
        )
    return only["rows"]


def _query(dataset: dict, only: list[int]) -> dict:
    report = dataset["report"]
    columns = [column for column in report.columns or ["instruction", "output"] if column != "row"]
    kept = {"persist_state": "page"}
    search, tag, split, sort, order = st.columns([0.24, 0.12, 0.32, 0.16, 0.16], vertical_alignment="bottom")
    query = {
        "search": search.text_input(
            "Search", placeholder="in every column", key=f"search-{dataset['id']}", **kept
        ).strip()
    }
    label = tag.text_input("Tag", placeholder="any", key=f"tag-{dataset['id']}", **kept).strip()
    chosen = split.segmented_control(
        "Split",
        [_ALL, *(name for name, count in report.splits.items() if count)],
        default=_ALL,
        required=True,
        key=f"split-{dataset['id']}",
        **kept,
    )
    query["split"] = None if chosen == _ALL else chosen
    query["sort"] = sort.selectbox("Sort by", ["row", "length", *columns], key=f"sort-{dataset['id']}", **kept)
    query["descending"] = order.toggle("Descending", key=f"down-{dataset['id']}", **kept)
    query["filters"] = ({"rows": only} if only else {}) | ({"tag": label} if label else {})
    return query


def _rows(dataset: dict, found: dict, place: str) -> None:
    columns = [column for column in found["columns"] if column not in ("row", "split")]
    rows = apply_draft(draft_of(dataset["id"]), found["rows"])
    filled = [column for column in columns if any(row.get(column) for row in rows)]
    order = ["row", "split", *(["change"] if any(row["change"] for row in rows) else []), *filled]
    chosen = st.dataframe(
        [{column: row.get(column) or "" for column in order} for row in rows],
        hide_index=True,
        height=_HEIGHT_PIXELS if len(rows) > _ROWS_IN_VIEW else "content",
        on_select="rerun",
        selection_mode="multi-row",
        key=f"rows-{place}-{len(draft_of(dataset['id']))}",
        column_config={name: {"width": width} for name, width in _WIDTHS_PIXELS.items()},
        alt="The rows of the dataset",
    )
    where, pages = st.columns([0.5, 0.5], vertical_alignment="center")
    where.caption(f"{plural(found['total'], 'row')} found" if found["total"] else _why_none(dataset["id"]))
    with pages.container(horizontal_alignment="right"):
        st.pagination(max(1, -(-found["total"] // _PAGE)), key=place)
    row_actions(dataset, columns, [rows[index]["row"] for index in chosen.selection.rows if index < len(rows)])


def _why_none(dataset_id: str) -> str:
    only = st.session_state.get(f"only-{dataset_id}")
    return "These rows are not in this version: they were dropped." if only else "No row matches."
