"""How a dataset is named and split."""

import streamlit as st

from app.components.form import Form
from app.components.validation import why_no_split

SPLITS = "The model learns from train; validation shows while it learns when to stop; test is kept for the evaluation."


def split_form(form: Form, columns: list[str], together: bool = True) -> dict:
    """The fields of PrepareSpec about the splits and the name; `columns` are what rows can be spread evenly by.

    `together` says whether what belongs together is kept so, unless the person says otherwise.
    """
    with st.expander("Name and split", icon=":material/call_split:"):
        values = form.name() | _shares(form)
        st.caption(SPLITS)
        by = st.segmented_control(
            "Split",
            ["ratio", "given"],
            required=True,
            format_func={"ratio": "By these shares", "given": "As the rows say"}.get,
            help="As the rows say: by a column `split`, or by files called train, validation, test.",
            **form.keeps("split-by", "ratio"),
        )
        together = st.toggle(
            "Keep what belongs together on one side",
            help="Near duplicates, and rows of one document, never stand in two splits. Off for samples: these tell "
            "each fact in several wordings, and the test asks for known facts in new words.",
            **form.keeps(f"together-{together}", together),
        )
        spread = "–"
        if columns:
            spread = st.selectbox(
                "Spread evenly by",
                ["–", *columns],
                help="Each value of this column has the same share of every split.",
                **form.keeps("stratify", "–", ["–", *columns]),
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
        form.refuse(st, problem)
    return shares | {"seed": form.number(places[3], "seed", "Seed", help="The same seed gives the same split.")}
