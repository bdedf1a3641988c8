"""Scores by the chosen rewards, before a run starts: of the dataset's own answers, and of wrong ones."""

import json
from statistics import fmean

import streamlit as st

from app.components.errors import showing_errors
from app.components.train.rewards import REWARDS
from app.training.reward_preview import FIELDS, preview_rewards
from app.wording.numbers import number_text

_KINDS = {
    "reference": "The dataset's",
    "of another question": "To another question",
    "cut in half": "Cut in half",
    "empty": "Empty",
}


def rewards_view(values: dict) -> None:
    """Draw an expander with some questions, right and wrong answers and their rewards, scored when it is opened."""
    opened = st.expander(
        "What these rewards give the dataset's answers, and wrong ones",
        icon=":material/scoreboard:",
        key="scored-answers",
        on_change="rerun",
    )
    if not opened.open:
        return
    settings = {name: values[name] for name in FIELDS if name in values}
    with opened, showing_errors():
        judged = "judge" in values["rewards"]
        ask_judge = judged and st.toggle("Ask the judge too", help="It is sent these answers.", key="ask-judge")
        with st.spinner("Scoring answers …"):
            scored = _scored(values["dataset"], json.dumps(settings, sort_keys=True), ask_judge)
        _draw(scored)


def _draw(scored: list[dict]) -> None:
    means = {
        kind: fmean(found)
        for kind in _KINDS
        if (found := [one["reward"] for one in scored if one["kind"] == kind and one["reward"] is not None])
    }
    if not means:
        st.info("Nothing is scored: no reward applies to these answers, or the judge was not asked.")
        return
    st.markdown(" · ".join(f"{_KINDS[kind]}: **{number_text(mean)}**" for kind, mean in means.items()))
    right, wrong = means.get("reference"), [mean for kind, mean in means.items() if kind != "reference"]
    if right is not None and wrong and max(wrong) >= right:
        st.warning(
            "Wrong answers earn as much as the dataset's: what an answer says would not be learned. Add a reward that "
            "tells them apart, or go on if form is all that you want.",
            icon=":material/warning:",
        )
    names = list(dict.fromkeys(name for one in scored for name in one["scores"]))
    st.dataframe(
        [
            {"Question": one["question"], "Whose answer": _KINDS[one["kind"]], "Answer": one["answer"]}
            | {REWARDS[name][0]: one["scores"][name] for name in names}
            | {"Reward": one["reward"]}
            for one in scored
        ],
        hide_index=True,
    )


@st.cache_data(max_entries=20, show_spinner=False)
def _scored(dataset: str, settings: str, ask_judge: bool) -> list[dict]:
    return preview_rewards(dataset, json.loads(settings), ask_judge)
