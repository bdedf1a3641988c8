"""The form that has a model judge the answers: criteria, scale, judge, and the exact prompt on a real example."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.evaluate.metrics import model_labels
from app.components.form import Form
from app.components.status import chip_in_table, state_word
from app.components.vocabulary import JobKind
from app.components.who_writes import choose_who_writes
from app.evaluation.judged_models import same_as
from app.evaluation.judging.start_judging import Preview, judgings_of, preview_judging, start_judging
from app.jobs.forecast import Forecast, forecast_judging
from app.wording.markdown import as_text
from app.wording.numbers import plural
from app.wording.times import ago_text
from core.errors import TunewrightError
from core.specs.judging.spec import DEFAULT_CRITERIA, DEFAULT_SCALE, MOST_MARKS

FORMS = {"rubric": "Mark each answer", "pairwise": "Compare two answers"}
_HOW = {
    "rubric": "The judge sees one answer at a time and gives it a mark on your scale.",
    "pairwise": "The judge sees two answers and says which is better. Each pair is asked twice with sides swapped: a "
    "verdict that goes with the side is a tie.",
}


def judge_form(evaluation) -> None:
    """Draw earlier judgings of an evaluation, and the form for a new one."""
    _earlier(evaluation)
    st.subheader("A new judge", anchor=False)
    form = Form("judge", JobKind.JUDGE)
    kind = st.segmented_control(
        "What the judge does", list(FORMS), required=True, format_func=FORMS.get, **form.bind("form", "rubric", FORMS)
    )
    st.caption(_HOW[kind])
    values = {"evaluation": evaluation.id, "form": kind} | _rubric(form, kind) | _what(form, evaluation, kind)
    judge = choose_who_writes(
        form,
        "The judge",
        "Small models judge poorly. Whether this one is good enough, your own ratings will show. It runs on the "
        "processor, beside trainings: a model of billions of parameters may take minutes for each answer.",
    )
    if judge:
        _warn_of_itself(evaluation, values["answers_of"], judge)
    preview = _preview(form, values)

    def forecast() -> Forecast:
        return forecast_judging(actor(), judge["model"], judge.get("endpoint"), preview.calls)

    missing = None if judge else "Choose the judge"
    if not preview and not form.problems:
        missing = "There is nothing to judge"
    if form.submit_button("Judge the answers", ":material/gavel:", forecast, missing):
        with showing_errors(st.bottom):
            asked = start_judging(actor(), **values, **judge)
            form.clear()
            st.query_params.from_dict({"job": asked.id})
            st.rerun()


def _warn_of_itself(evaluation, names: list[str], judge: dict) -> None:
    labels = model_labels(evaluation)
    if same := [labels[name] for name in same_as(evaluation, names, judge["model"], judge.get("endpoint"))]:
        st.warning(
            f"This judge would mark its own answers: it is {as_text(' and '.join(same))}. Models tend to prefer what "
            "they wrote themselves. Choose another judge, or leave those answers out.",
            icon=":material/warning:",
        )


def _earlier(evaluation) -> None:
    for one in judgings_of(actor(), evaluation):
        state = chip_in_table(state_word(one))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(
                "pages/evaluate.py", label=as_text(one.name), icon=":material/gavel:", query_params={"job": one.id}
            )
            st.markdown(state)
            st.caption(f"{FORMS[one.spec.get('form', 'rubric')]} · {ago_text(one.created_at)}")


def _rubric(form: Form, kind: str) -> dict:
    """The fields `criteria` and `scale`, written by the person."""
    criteria = st.text_area(
        "What makes an answer good",
        max_chars=20_000,
        help="Write it as for a colleague who has to mark these answers: what counts, what does not.",
        **form.bind(f"criteria-{kind}", DEFAULT_CRITERIA[kind]),
    ).strip()
    if not criteria:
        form.reject(st, "Write what makes an answer good.")
    if kind == "pairwise":
        return {"criteria": criteria}
    typed = st.text_area(
        "What each mark means, one a line from the lowest",
        height=160,
        help=f"2 to {MOST_MARKS} lines. The first is mark 1.",
        **form.bind("scale", "\n".join(DEFAULT_SCALE)),
    )
    scale = [line.strip() for line in typed.splitlines() if line.strip()]
    if not 2 <= len(scale) <= MOST_MARKS:
        form.reject(st, f"A scale has 2 to {MOST_MARKS} marks; this one has {len(scale)}.")
        scale = list(DEFAULT_SCALE)
    return {"criteria": criteria, "scale": scale}


def _what(form: Form, evaluation, kind: str) -> dict:
    """Which models and how many examples are judged, and whether the reference is shown."""
    labels = model_labels(evaluation)
    left, right = st.columns([0.6, 0.4])
    with left:
        kept = [name for name in form.typed.get("answers_of", list(labels)) if name in labels] or list(labels)
        models = st.pills(
            "Whose answers",
            list(labels),
            selection_mode="multi",
            format_func=lambda name: as_text(labels[name]),
            **form.bind("answers_of", kept, labels),
        )
        if len(models) < (least := 2 if kind == "pairwise" else 1):
            form.reject(st, f"Choose {plural(least, 'model')} or more.")
    limit = form.number(right, "limit", "Maximum examples", step=50)
    shown = st.toggle(
        "Show the judge the reference answer",
        help="It then judges against it. Without it, the judge has to know the subject itself.",
        **form.bind("with_reference", True),
    )
    return {"answers_of": models, "limit": limit, "with_reference": shown}


def _preview(form: Form, values: dict) -> Preview | None:
    """Draw the exact prompt for one example, and how much is asked in all; None where nothing can be asked."""
    if form.problems:
        return None
    number = st.session_state.get("judge-preview", 1)
    try:
        found = preview_judging(actor(), number - 1, **values)
    except TunewrightError as error:
        form.reject(st, f"{error.message} {error.remedy}")
        return None
    st.markdown(
        f"The judge is asked **{plural(found.calls, 'time')}**, about {plural(found.examples, 'example')}: some "
        f"{found.tokens:,} tokens to read, besides what it writes."
    )
    if found.alike:
        st.caption(f"{plural(found.alike, 'pair')} of identical answers are not asked about and do not count.")
    opened = st.expander(
        "What the judge is asked, word for word", icon=":material/visibility:", key="judge-prompt", on_change="rerun"
    )
    if opened.open:
        with opened:
            st.number_input("Example", 1, max(1, found.examples), key="judge-preview")
            for prompt in found.prompts:
                st.code(prompt, language=None, wrap_lines=True)
    return found
