"""The cleaning steps as switches, each with what it would do."""

import streamlit as st

from app.components.form import Form
from app.wording.markdown import as_text, cut_middle

STEPS = {
    "unicode": ("Repair characters", "cafÃ© becomes café; Unicode is normalized (NFC)"),
    "html": ("Remove HTML", "in questions and texts: <b>Hi</b> &amp; bye becomes Hi & bye"),
    "urls": ("Remove web addresses", "URLs in questions and texts"),
    "whitespace": ("Tidy white space", "repeated spaces and blank lines become one"),
    "answers": ("Clean answers too", "HTML and URLs in answers, unless they are what the answer is about"),
    "boilerplate": ("Remove boilerplate", "cookie notices, menus, lines repeated in many rows"),
}
_DEFAULT_ON = ("unicode", "html", "urls", "whitespace")
_PERSONAL = {"keep": "Keep", "redact": "Redact", "drop": "Drop rows"}
_DEDUPE = {"exact": "Exact", "near": "Exact and near", "off": "None"}
_LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "pl": "Polish", "tr": "Turkish", "ru": "Russian", "uk": "Ukrainian", "ar": "Arabic",
    "hi": "Hindi", "zh": "Chinese", "ja": "Japanese", "ko": "Korean",
}  # fmt: skip


def cleaning_form(form: Form, would_do: dict | None = None) -> dict:
    """The cleaning fields of PrepareSpec as chosen.

    `would_do` is the inspector's account of what each step would do to the first rows of a file.
    """
    with st.expander("Cleaning", icon=":material/cleaning_services:"):
        st.caption("The report counts the rows each step changed, with samples before and after.")
        places = st.columns(3)
        steps = {}
        for number, (step, (words, what)) in enumerate(STEPS.items()):
            with places[number % 3]:
                steps[step] = st.toggle(words, **form.bind(step, step in _DEFAULT_ON))
                st.caption(_effect(step, what, would_do))
        first, second = st.columns(2)
        steps["personal_data"] = first.segmented_control(
            "Personal data",
            list(_PERSONAL),
            required=True,
            format_func=_PERSONAL.get,
            help="E-mail, phone and card numbers, IBANs, national ids, postal addresses. Redacting leaves their kind.",
            **form.bind("personal", "keep", _PERSONAL),
        )
        if would_do:
            first.caption(_effect("personal_data", "", would_do))
        steps["languages"] = tuple(
            second.multiselect(
                "Languages to keep",
                list(_LANGUAGES),
                format_func=_LANGUAGES.get,
                placeholder="All",
                help="Rows in other languages are dropped.",
                **form.bind("languages", [], _LANGUAGES),
            )
        )
        return {"cleaning": steps} | _limits(form)


def _effect(step: str, what: str, would_do: dict | None) -> str:
    """What a step does: in general, or better, to the first rows of this file, with one sample."""
    if not would_do:
        return as_text(what)
    found = would_do["steps"].get(step, {"count": 0, "samples": []})
    if not found["count"]:
        return as_text(f"In none of the first {would_do['looked_at']} rows" + (f": {what}" if what else ""))
    text = f"In {found['count']} of the first {would_do['looked_at']} rows"
    for sample in found["samples"][:1]:
        text += f": {cut_middle(sample['before'], 60)} → {cut_middle(sample['after'], 60)}"
    return as_text(text)


def _limits(form: Form) -> dict:
    a, b, c = st.columns(3)
    shorter, longer = "Shorter examples are dropped.", "Longer examples are dropped."
    values = {
        "min_words": form.number(a, "min_words", "Minimum words", help=shorter, placeholder="10, or 2 for labels"),
        "max_words": form.number(b, "max_words", "Maximum words", help=longer),
    }
    if (values["min_words"] or 0) > values["max_words"]:
        form.reject(b, "Maximum words must not be less than minimum words.")
    most_tokens = form.number(c, "max_tokens", "Maximum tokens", help=longer, placeholder="any")
    values["dedupe"] = a.segmented_control(
        "Drop duplicates",
        list(_DEDUPE),
        required=True,
        format_func=_DEDUPE.get,
        help="Near duplicates differ by only a few words.",
        **form.bind("dedupe", "exact", _DEDUPE),
    )
    if values["dedupe"] == "near":
        values["near_threshold"] = b.slider(
            "Near-duplicate similarity",
            0.3,
            1.0,
            step=0.05,
            help="Share of three-word shingles in common. 0.6 finds examples with about 1 word in 20 changed.",
            **form.bind("near", 0.6),
        )
    return values | ({"max_tokens": most_tokens} if most_tokens else {})
