"""The training method, in a person's words: which ones a dataset allows, and the settings that each adds."""

import streamlit as st

from app.components.form import Form
from core.shape import Shape
from core.specs.train import Method, methods_for

METHODS = {
    "sft": ("Learn the answers", "The model learns to write the answers of your examples."),
    "pretrain": ("Read the texts", "The model reads your texts to the end, in pieces, and learns every word of them."),
    "dpo": (
        "Prefer the better answer (DPO)",
        "The model learns which of two answers is better, and stays close to what it was.",
    ),
    "orpo": (
        "Learn and prefer (ORPO)",
        "The model learns the better answers and to avoid the worse ones, in one go: for a model not yet tuned.",
    ),
    "kto": (
        "Good and bad answers (KTO)",
        "The model learns from single answers, each judged good or bad; they need not come in pairs.",
    ),
    "simpo": (
        "Prefer by a margin (SimPO)",
        "Like DPO, but compares the model's own certainty per word: faster, and moves further from what it was.",
    ),
    "grpo": (
        "Earn rewards (GRPO)",
        "The model answers each question several times, and learns from the answers that earn more than the others.",
    ),
}
"""Each method in a person's words: its label, and what happens."""
TRAIN_ON = {"answers": "All answers", "last_answer": "The last answer", "everything": "Questions too"}
_BETA = (
    "Strength (beta)",
    "How closely the model stays to what it was: higher is closer. Empty: 0.1.",
)
FIELDS = {
    "dpo": {"beta": _BETA},
    "orpo": {"beta": ("Strength (beta)", "How much the preference counts beside the answers. Empty: 0.1.")},
    "simpo": {
        "beta": ("Strength (beta)", "How much a difference between answers counts. Empty: 2."),
        "simpo_gamma": ("Margin (gamma)", "By how much the better answer should win."),
    },
    "kto": {
        "beta": _BETA,
        "desirable_weight": ("Weight of good answers", "Raise it if good answers are rare."),
        "undesirable_weight": ("Weight of bad answers", "Raise it if bad answers are rare."),
    },
    "grpo": {
        "generations": ("Answers per question", "How many are compared. More see more differences, and take longer."),
        "max_new_tokens": ("Longest answer, tokens", "Most of the time goes into answers: keep them short."),
        "temperature": ("Temperature", "How varied the answers are that it learns from."),
        "beta": ("Strength (beta)", "How closely the model stays to what it was: higher is closer. Empty: 0.04."),
    },
}
"""By method, the settings that only it has: each with its label and reason."""
_OF_ONE_METHOD = {
    "train_on": "sft", "prompt_dropout": "sft", "reward_min_words": "grpo", "reward_max_words": "grpo",
}  # fmt: skip


def counts_with(method: Method, field: str) -> bool:
    """Whether a setting changes anything in a run of this method."""
    having = [one for one, fields in FIELDS.items() if field in fields]
    return method in having if having else _OF_ONE_METHOD.get(field, method) == method


def choose_method(form: Form, shape: str, first: Method | None) -> Method:
    """Choose one of the methods that learn from data of this shape, starting at `first` if it does.

    A single one is taken without asking.
    """
    methods = methods_for(Shape(shape)) if shape else ["sft"]
    if len(methods) == 1:
        return methods[0]
    method = st.segmented_control(
        "Method", methods, required=True, format_func=lambda one: METHODS[one][0],
        **form.bind("method", first if first in methods else methods[0], methods),
    )  # fmt: skip
    st.caption(METHODS[method][1])
    return method
