"""Which models are told apart from which: a sentence for each two, and the tests behind it."""

from collections.abc import Iterator

import streamlit as st

from app.components.evaluate.metrics import LABELS, label
from app.wording.markdown import as_text
from app.wording.numbers import interval_text, number_text
from core.evaluation.statistics.verdicts import (
    LEVEL,
    in_words,
    is_told_apart,
    methods_in_words,
    verdict,
    what_was_shown,
)
from core.specs.results.evaluate import Difference, EvaluateResult


def differences_view(result: EvaluateResult, labels: dict[str, str]) -> None:
    """Draw on which metrics each model is better, worse or not told apart, and the paired differences."""
    found = result.differences
    pairs = [(name, other, above) for name, others in found.items() for other, above in others.items() if above]
    if not pairs:
        return
    st.header("Better, or luck?", anchor=False)
    main = (result.reference, *result.look_ups)
    for pair in (one for one in pairs if one[1] in main):
        _sentence(*pair, labels)
    if others := [one for one in pairs if one[1] not in main]:
        with st.expander("Every other two models", icon=":material/compare_arrows:"):
            for pair in others:
                _sentence(*pair, labels)
    if shown := what_was_shown(result):
        st.caption(shown)
    with st.expander("The tests behind it", icon=":material/balance:"):
        st.table(
            [row for name, other, above in pairs for row in _rows(labels[name], labels[other], above)],
            border="horizontal",
        )
        st.caption(
            "In brackets: the 95 % interval. Corrected (Holm): for all metrics and models tested at once. Told apart: "
            f"the corrected p-value is below {LEVEL}. {methods_in_words(result.differences)}"
        )


def _sentence(name: str, other: str, above: dict[str, Difference], labels: dict[str, str]) -> None:
    says = as_text(in_words(verdict(above), LABELS))
    st.markdown(f"**{as_text(labels[name])}** against {as_text(labels[other])}: {says}.")


def _rows(name: str, other: str, above: dict[str, Difference]) -> Iterator[dict[str, str]]:
    return (difference_row(name, other, label(metric), one) for metric, one in above.items())


def difference_row(name: str, other: str, of: str, difference: Difference) -> dict[str, str]:
    """A row of the table of tests: how far one model is above another in a metric or field."""
    return {
        "Models": f"{as_text(name)} less {as_text(other)}",
        "Metric": of,
        "Difference": interval_text(difference),
        "p-value": number_text(difference.p_value),
        "Corrected": number_text(difference.corrected_p_value),
        "Told apart": "yes" if is_told_apart(difference) else "no",
    }
