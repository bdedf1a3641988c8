"""The answers behind the scores, a few at a time."""

import math
from collections.abc import Sequence

import streamlit as st

from app.components.long_text import long_text
from app.evaluation.tally import Tally
from app.wording.markdown import as_text
from app.wording.numbers import number_text
from core.specs.results.metrics import METRICS

_BESIDE = 4
"""Answers side by side; further ones go below."""


def answers_view(tally: Tally, labels: dict[str, str], key: str) -> None:
    """Draw the answers of all models, five at a time: in dataset order, best first or worst first."""
    st.header("Answers behind the scores", anchor=False)
    answers, roles = tally.answers, list(tally.cards)
    orders = ["Dataset order", "Best first", "Worst first"]
    order = st.segmented_control("Order", orders, default="Dataset order", key=f"o-{key}")
    if order in ("Best first", "Worst first"):
        best_first = order == "Best first"
        by = tally.result.telling or [tally.measure if tally.has_answers else "loss"]
        answers = sorted(answers, key=lambda row: _goodness(row.scores[tally.role], by), reverse=best_first)
    page = st.pagination(max(1, -(-len(answers) // 5)), key=f"p-{key}") or 1
    for row in answers[(page - 1) * 5 : page * 5]:
        with st.container(border=True):
            long_text(" ".join(part for part in (row.instruction, row.input) if part))
            places = [
                place for _ in range(0, len(roles) + 1, _BESIDE) for place in st.columns(min(_BESIDE, len(roles) + 1))
            ]
            _answer(places[0], "Reference", row.reference)
            for place, role in zip(places[1:], roles, strict=False):
                scores, name = row.scores.get(role, {}), as_text(labels[role])
                if role in row.predictions:
                    _answer(place, f"{name} · {_how_good(tally, scores)}", row.predictions[role])
                elif "loss" in scores:  # of plain text; an endpoint tells none
                    place.caption(f"{name} · loss {number_text(scores['loss'])} nats per token")


def _goodness(scores: dict, by: Sequence[str]) -> tuple[float, ...]:
    """The sort key of answers: by these metrics, the most telling first; what one does not apply to is worst."""
    return tuple(METRICS[name].better * scores[name] if name in scores else -math.inf for name in by)


def _how_good(tally: Tally, scores: dict) -> str:
    word = tally.how_good(scores)
    return word if tally.right_or_wrong else f"{word} · ROUGE-L {number_text(scores['rougeL'])}"


def _answer(place, caption: str, text: str) -> None:
    with place:
        st.caption(caption)
        long_text(text or "(empty)")
