"""The form fields for a dataset's name and splits."""

import streamlit as st

from app.components.form import Form
from app.components.validation import why_no_split

SPLITS = (
    "The model learns from train. Validation shows during training when to stop. Test is held out for the evaluation."
)


def split_form(form: Form, columns: list[str], together: bool = True) -> dict:
    """The name and split fields of PrepareSpec as chosen.

    `columns` are those the split can be stratified by; `together` is the default of keeping related rows together.
    """
    with st.expander("Name and split", icon=":material/call_split:"):
        values = form.name() | _shares(form)
        st.caption(SPLITS)
        by = st.segmented_control(
            "Split",
            ["ratio", "given"],
            required=True,
            format_func={"ratio": "By these shares", "given": "As given"}.get,
            help="As given: by a column `split`, or by files called train, validation and test.",
            **form.bind("split-by", "ratio"),
        )
        together = st.toggle(
            "Keep related rows in one split",
            help="Puts near duplicates and rows of one document into the same split, which prevents leakage. Off for "
            "samples: they repeat each fact in several wordings, and the test asks for known facts in new words.",
            **form.bind(f"together-{together}", together),
        )
        spread = "–"
        if columns:
            spread = st.selectbox(
                "Stratify by",
                ["–", *columns],
                help="Each value of this column gets the same share in every split.",
                **form.bind("stratify", "–", ["–", *columns]),
            )
    values |= {"split_by": by, "keep_together": together}
    return values | ({"stratify_by": spread} if spread != "–" else {})


def _shares(form: Form) -> dict:
    places = st.columns(4)
    labels = {"train_ratio": "Train share", "val_ratio": "Validation share", "test_ratio": "Test share"}
    shares = {
        field: form.number(place, field, label, step=0.05)
        for place, (field, label) in zip(places[:3], labels.items(), strict=True)
    }
    if problem := why_no_split(*shares.values()):
        form.reject(st, problem)
    return shares | {"seed": form.number(places[3], "seed", "Seed", help="The same seed gives the same split.")}
