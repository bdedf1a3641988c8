"""Blind A/B: two answers without names, a vote by button or key, and what all votes say."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.evaluate.metrics import model_labels
from app.components.long_text import long_text
from app.evaluation.blind_votes import (
    Asked,
    Pair,
    Ranking,
    asked_pairs,
    next_pair,
    ranking,
    start_preference_dataset,
    take_back,
    vote,
    votes,
)
from app.wording.markdown import as_text
from app.wording.numbers import number_text, plural
from core.specs.kinds import Preferred

_CHOICES = (
    (Preferred.LEFT, "A is better", "1"),
    (Preferred.RIGHT, "B is better", "2"),
    (Preferred.TIE, "Equally good", "3"),
    (Preferred.BOTH_BAD, "Both bad", "4"),
)


def blind_view(evaluation, only: tuple[Pair, ...] | None = None, criteria: str = "") -> None:
    """Draw the next pair to vote on (of `only` these, if given), the progress, and the ranking on request.

    `criteria` is a hash of the person's own, shown above; empty under the usual question.
    """
    asked, cast = asked_pairs(actor(), evaluation.id), votes(actor(), evaluation.id, criteria)
    if only is not None:
        asked = asked._replace(pairs=only, why_none=asked.why_none or "The judge compares none of these pairs.")
    if not asked.pairs:
        st.info(asked.why_none)
        return
    asks = "Which answer is better by these criteria?" if criteria else "Which answer would you rather give?"
    st.caption(
        f"{asks} You see neither which model wrote it nor what the scores say. Vote with the keys 1 to 4; U takes the "
        "last vote back. Twenty votes tell a strong preference, a hundred a slight one."
    )
    voted = {(one.example, one.left, one.right) for one in cast}
    done = sum(pair[:3] in voted for pair in asked.pairs)
    st.progress(done / len(asked.pairs), text=f"{done} of {plural(len(asked.pairs), 'pair')} voted on")
    pair = next_pair(asked, cast)
    if pair:
        _pair(evaluation.id, asked.pairs.index(pair), pair, criteria)
    else:
        st.success("You have voted on every pair.", icon=":material/check_circle:")
    if cast:
        st.button(
            "Take the last vote back",
            icon=":material/undo:",
            shortcut="U",
            key=f"back-{cast[-1].id}",
            on_click=partial(_try, take_back, actor(), cast),
        )
    _outcome(evaluation, asked, cast, criteria)


def _pair(evaluation_id: str, place: int, pair: Pair, criteria: str) -> None:
    st.subheader("Question", anchor=False)
    long_text(pair.question)
    for column, name, answer in zip(st.columns(2), "AB", pair.answers, strict=True):
        with column.container(border=True):
            st.markdown(f"**Answer {name}**")
            long_text(answer or "(empty)")
    # Keys hold the pair's place: a press that comes after the page has moved on finds no button, and votes on nothing
    # unseen. They are in the page's HTML, so they hold no names.
    with st.container(horizontal=True):
        for preferred, label, shortcut in _CHOICES:
            st.button(
                label,
                key=f"vote-{preferred}-{place}",
                shortcut=shortcut,
                on_click=partial(_try, vote, actor(), evaluation_id, pair, preferred, criteria),
            )
    with st.expander("The reference answer", icon=":material/menu_book:"):
        long_text(pair.reference)


def _try(act: Callable, *arguments: object) -> None:
    """Act on a press; what goes wrong is shown above the page."""
    with showing_errors():
        act(*arguments)


def _outcome(evaluation, asked: Asked, cast: list, criteria: str) -> None:
    opened = st.expander("What the votes say so far", icon=":material/leaderboard:", key="ranking", on_change="rerun")
    if not opened.open:
        return  # what is folded is in the page's HTML all the same
    with opened:
        found = ranking(evaluation, cast)
        if found.unknown:
            st.markdown(found.unknown)
        else:
            _table(found, model_labels(evaluation))
        if asked.alike:
            st.caption(f"{plural(asked.alike, 'pair')} of identical answers are not asked about and do not count.")
        if cast and st.button("Make a preference dataset of the votes", icon=":material/dataset:"):
            with showing_errors():
                made = start_preference_dataset(actor(), evaluation, criteria)
                st.switch_page("pages/data.py", query_params={"job": made.id})


def _table(found: Ranking, labels: dict[str, str]) -> None:
    ranked = sorted(found.strengths, key=lambda name: -found.strengths[name].value)
    rows = []
    for name in ranked:
        strength = found.strengths[name]
        interval = f" ({number_text(strength.low)} to {number_text(strength.high)})" if strength.error else ""
        label, verdict = as_text(labels[name]), as_text(found.verdict(name, labels))
        rows.append({"Model": label, "Strength": f"{number_text(strength.value)}{interval}", "Verdict": verdict})
    st.table(rows, border="horizontal")
    ties, bad = plural(found.ties, "tie"), found.both_bad
    st.caption(
        f"{plural(found.votes, 'vote')}, {ties} and {bad} times both bad among them, which count as half a win each. "
        "Strengths are log odds of being preferred (Bradley–Terry), with 95 % intervals: 1 more is preferred in 73 of "
        "100 pairs, 2 more in 88."
    )
