"""What an evaluation asks beyond the dataset: the general set, and tasks of lm-evaluation-harness."""

import streamlit as st

from app.components.form import Form
from app.components.validation import why_not
from app.evaluation.start_evaluating import why_no_harness
from app.wording.markdown import as_text


def ask_general(form: Form) -> dict:
    """A toggle for the general set: the field `general_ability` of the spec."""
    asked = st.toggle(
        "Also measure what was forgotten",
        help="Asks every model 420 general questions in English (language, arithmetic, common sense, instructions, "
        "harmful and harmless requests), and compares each with its base. The time below includes them.",
        **form.bind("general_ability", False),
    )
    return {"general_ability": asked}


def ask_harness(form: Form) -> dict:
    """An input for the names of tasks, or how to install what asks them: the field `harness_tasks` of the spec."""
    if how := why_no_harness():
        st.caption(
            f"Tasks of lm-evaluation-harness, such as arc_easy, can be asked once it is installed. {as_text(how)}"
        )
        return {}
    tasks = st.text_input(
        "Tasks of lm-evaluation-harness",
        placeholder="arc_easy hellaswag",
        help="Names, separated by spaces. The usual ones fetch their data from the hub; your own, in the folder "
        "TUNEWRIGHT_HARNESS_TASKS, need no network.",
        **form.bind("harness_tasks", ""),
    ).split()
    if why_not(form.kind, "harness_tasks", tasks):
        form.reject(st, "Name up to 32 tasks by letters, digits and _ - . +, separated by spaces.")
        return {}
    return {"harness_tasks": tasks}
