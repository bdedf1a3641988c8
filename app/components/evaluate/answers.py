"""The answers behind the scores, a few at a time."""

import streamlit as st

from app.components.long_text import long_text
from app.evaluation.tally import Tally, is_close
from app.wording.markdown import as_text
from app.wording.numbers import number_text

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
        answers = sorted(answers, key=lambda row: _goodness(row.scores[tally.role]), reverse=best_first)
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
                    _answer(place, f"{name} · {_how_good(scores, tally.short)}", row.predictions[role])
                elif "loss" in scores:  # of plain text; an endpoint tells none
                    place.caption(f"{name} · loss {number_text(scores['loss'])} nats per token")


def _goodness(scores: dict) -> float:
    """The sort key of answers: ROUGE-L, or the negative loss for plain text."""
    return scores["rougeL"] if "rougeL" in scores else -scores["loss"]


def _how_good(scores: dict, short: bool) -> str:
    word = "right" if scores["accuracy"] == 1 else "close" if is_close(scores) and not short else "missed"
    return f"{word} · ROUGE-L {number_text(scores['rougeL'])}"


def _answer(place, caption: str, text: str) -> None:
    with place:
        st.caption(caption)
        long_text(text or "(empty)")
