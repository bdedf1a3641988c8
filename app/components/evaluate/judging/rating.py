"""Rating answers by hand, blind and by keyboard: what a judge is held against."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.evaluate.blind import blind_view
from app.components.long_text import long_text
from app.evaluation.judging.ratings import (
    ToRate,
    given,
    next_to_rate,
    pairs_to_vote_on,
    rate,
    spec_of,
    take_back,
    to_rate,
)
from app.evaluation.judging.start_judging import evaluation_of
from app.wording.markdown import as_text
from app.wording.numbers import plural
from core.specs.judging.trust import FEWEST_RATED


def rating_view(judging) -> None:
    """Draw the next answer to mark, or for a pairwise judge the next pair to vote on."""
    spec = spec_of(judging)
    st.markdown(f"**What makes an answer good**\n\n{as_text(spec.asked_criteria)}")
    if spec.form == "pairwise":
        pairs = pairs_to_vote_on(actor(), judging)
        blind_view(evaluation_of(actor(), judging), pairs, spec.own_criteria)
        return
    offered, marked = to_rate(actor(), judging.id), given(actor(), judging)
    rated = {(one.example, one.model) for one in marked}
    done = sum(one[:2] in rated for one in offered)
    keys = f"1 to {len(spec.scale)}" if len(spec.scale) < 10 else "1 to 9, and 0 for 10"
    st.caption(
        f"Mark the answers as you would have the judge mark them. You see neither whose they are nor what the judge "
        f"says. Keys: {keys}; U takes the last mark back. {FEWEST_RATED} ratings are the least that tell anything, 50 "
        "tell a good judge from a middling one."
    )
    st.progress(done / max(1, len(offered)), text=f"{done} of {plural(len(offered), 'answer')} rated")
    if one := next_to_rate(offered, marked):
        _answer(judging, offered.index(one), one, spec.scale)
    else:
        st.success("You have rated every answer.", icon=":material/check_circle:")
    if marked:
        st.button(
            "Take the last mark back",
            icon=":material/undo:",
            shortcut="U",
            key=f"back-{marked[-1].id}",
            on_click=partial(_try, take_back, actor(), marked),
        )


def _answer(judging, place: int, one: ToRate, scale: tuple[str, ...]) -> None:
    st.subheader("Question", anchor=False)
    long_text(one.question)
    with st.container(border=True):
        st.markdown("**Answer**")
        long_text(one.answer or "(empty)")
    # Keys hold the answer's place: a press that comes after the page has moved on finds no button.
    with st.container(horizontal=True):
        for mark, meaning in enumerate(scale, 1):
            st.button(
                f"{mark} · {as_text(meaning)}",
                key=f"mark-{mark}-{place}",
                shortcut=str(mark % 10),
                on_click=partial(_try, rate, actor(), judging, one, mark),
            )
    with st.expander("The reference answer", icon=":material/menu_book:"):
        long_text(one.reference)


def _try(act: Callable, *arguments: object) -> None:
    """Act on a press; what goes wrong is shown above the page."""
    with showing_errors():
        act(*arguments)
