"""What tuning cost: each model's general ability by field beside its base's; tasks of lm-evaluation-harness."""

import streamlit as st

from app.components.evaluate.differences import difference_row
from app.wording.markdown import as_text
from app.wording.numbers import number_text
from core.specs.results.forgetting import ALL_FIELDS, FIELDS, FieldScore, Forgetting, by_guessing
from core.specs.results.harness import HarnessScores, one_score


def forgetting_view(found: Forgetting, labels: dict[str, str]) -> None:
    """Draw what each model lost, its score by field, and the tests behind it."""
    st.header("What tuning cost", anchor=False)
    for name, verdict in found.verdicts.items():
        st.markdown(f"**{as_text(labels[name])}** against {as_text(labels[found.bases[name]])}: {as_text(verdict)}.")
    for name, why in found.unmeasured.items():
        st.caption(f"{as_text(labels[name])}: {as_text(why)}")
    fields = [field for field in (*FIELDS, ALL_FIELDS) if any(field in card for card in found.scores.values())]
    st.table(
        [
            {"Field": field.capitalize(), "By guessing": by_guessing(field)}
            | {as_text(labels[name]) + " ": _cell(card.get(field)) for name, card in found.scores.items()}
            for field in fields
        ],
        border="horizontal",
    )
    st.caption("Questions in English about things that the dataset is not about. In brackets: the 95 % interval.")
    with st.expander("What each field asks", icon=":material/help:"):
        st.markdown("\n".join(f"- **{field.capitalize()}**: {FIELDS[field].meaning}" for field in FIELDS))
    pairs = [(name, field, one) for name, above in found.differences.items() for field, one in above.items()]
    if pairs:
        with st.expander("The tests behind it", icon=":material/balance:"):
            st.table(
                [
                    difference_row(labels[name], labels[found.bases[name]], field.capitalize(), one)
                    for name, field, one in pairs
                ],
                border="horizontal",
            )
            st.caption("Corrected (Holm): for all fields and models tested at once.")


def harness_view(found: HarnessScores, labels: dict[str, str]) -> None:
    """Draw the scores on tasks of lm-evaluation-harness, with their standard errors."""
    st.header("Tasks of lm-evaluation-harness", anchor=False)
    st.table(
        [
            {"Task": as_text(task), "Metric": as_text(metric)}
            | {as_text(labels[name]) + " ": one_score(one) for name, one in by_model.items()}
            for task, metric, by_model in found.rows()
        ],
        border="horizontal",
    )
    st.caption(f"By version {as_text(found.version)}, ± the standard error that it gives.")
    for name, why in found.unmeasured.items():
        st.caption(f"{as_text(labels[name])}: {why}")


def _cell(score: FieldScore | None) -> str:
    if not score:
        return "not measured"
    low, high = number_text(100 * score.low), number_text(100 * score.high)
    return f"{score.right:,} of {score.count:,} ({low} to {high} %)"
