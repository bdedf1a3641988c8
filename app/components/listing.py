"""Lists of things to open, newest first, twenty per page; each row starts with a link."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from app.components.status import chip
from app.wording.markdown import as_text, cut_middle
from app.wording.times import ago_text, exact_time

ROWS_ON_A_PAGE = 20
_WIDTHS = [0.34, 0.18, 0.32, 0.16]


@dataclass(frozen=True)
class Row:
    """One row: a name, the query that opens the thing, its state and some facts."""

    title: str
    query: dict[str, str]
    state: str
    facts: list[str]
    at: datetime


def listing(title: str, slug: str, count: int, rows: Callable[[int], Iterable[Row]]) -> None:
    """Draw a list of `count` things of page `slug`; `rows(n)` returns the newest n."""
    st.header(title, anchor=False)
    place = st.container(key=f"rows-of-{slug}")
    pages = -(-count // ROWS_ON_A_PAGE)
    page = _page(pages, f"page-of-{slug}") if pages > 1 else 1
    with place:
        for row in list(rows(page * ROWS_ON_A_PAGE))[(page - 1) * ROWS_ON_A_PAGE :]:
            _draw(row, slug)


def _page(pages: int, key: str) -> int:
    """The list's current page number, kept in the address."""
    asked = st.query_params.get("page", "1")
    st.session_state[key] = min(max(int(asked), 1), pages) if asked.isdecimal() else 1
    return st.pagination(pages, key=key, on_change=_turn, args=(key,))


def _turn(key: str) -> None:
    st.query_params["page"] = str(st.session_state[key])


def warn_missing(noun: str, name: str) -> bool:
    """Warn if the address names, under `name`, something that does not exist; returns whether it does."""
    asked = st.query_params.get(name)
    if asked is not None:
        st.warning(
            f"There is no {noun} “{as_text(cut_middle(asked, 60))}” here\\. It may have been deleted, or the address "
            "may be wrong\\. Choose one below\\.",
            icon=":material/link_off:",
        )
    return asked is not None


def _draw(row: Row, slug: str) -> None:
    name, state, facts, when = st.columns(_WIDTHS, vertical_alignment="center")
    with name:
        st.page_link(f"pages/{slug}.py", label=as_text(cut_middle(row.title, 48)), query_params=row.query)
    if row.state:
        with state:
            chip(row.state)
    facts.caption(as_text(" · ".join(row.facts)))
    when.caption(ago_text(row.at), help=exact_time(row.at))
