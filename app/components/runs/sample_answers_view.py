"""What a run answers to the same questions, from before training to now, side by side."""

import streamlit as st

from app.components.errors import showing_errors
from app.components.long_text import long_text
from app.training.watching import sample_answers
from core.specs.results.sample_answers import SampleAnswer

_COLUMNS = 3
"""More are too narrow to read."""


def sample_answers_view(run) -> None:
    """Draw the sample answers of a run, if it gives any: the first, the latest, and one between."""
    with showing_errors():
        given = sample_answers(run)
        if given:
            _draw(given, run.id)


def _draw(given: list[SampleAnswer], key: str) -> None:
    st.header("Answers as it learns", anchor=False)
    st.caption("The same questions of the validation split, which it does not learn from, at its validations.")
    by_question: dict[str, list[SampleAnswer]] = {}
    for one in given:
        by_question.setdefault(one.question, []).append(one)
    for question, answers in by_question.items():
        with st.container(border=True):
            asked, expected = st.columns(2)
            _text(asked, "Question", question)
            _text(expected, "Expected", answers[0].expected)
            for place, answer in zip(st.columns(_COLUMNS), _spread(answers, _COLUMNS), strict=False):
                _text(place, f"**{_when(answer)}**", _written(answer))
    if st.toggle("Show every answer as a table", key=f"answers-{key}"):
        st.dataframe(
            [{"Step": one.step, "Question": one.question, "Answer": _written(one)} for one in given], hide_index=True
        )


def _spread(answers: list[SampleAnswer], most: int) -> list[SampleAnswer]:
    """At most `most` answers, the first and the last among them, evenly apart."""
    if len(answers) <= most:
        return answers
    return [answers[round(place * (len(answers) - 1) / (most - 1))] for place in range(most)]


def _when(answer: SampleAnswer) -> str:
    return f"Step {answer.step:,}" if answer.step else "Before training"


def _written(answer: SampleAnswer) -> str:
    return (answer.answer.strip() or "(nothing)") + ("" if answer.whole else " …")


def _text(place, caption: str, text: str) -> None:
    with place:
        st.caption(caption)
        long_text(text)
