"""What a judge says of the models, and first whether it agrees with the person enough for that to count."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.evaluate.metrics import model_labels
from app.evaluation.judging.agreement import judgements_in, trust_of, verdicts_of
from app.evaluation.judging.answers import judged_rows
from app.evaluation.judging.ratings import spec_of
from app.evaluation.judging.start_judging import evaluation_of
from app.jobs.results import read_result
from app.wording.markdown import as_text
from app.wording.numbers import interval_text, number_text, plural
from app.wording.times import span_text
from core.errors import NotFoundError
from core.evaluation.judging.questions import question_text, said_by
from core.specs.judging.trust import LEAST_KAPPA, Trust
from core.specs.results.judge import JudgeResult

_MOST_SHOWN = 2_000


def judging_view(judging) -> None:
    """Draw a finished judging: agreement with the person, verdicts, scores, what could not be read, every judgement."""
    result = read_result(judging, JudgeResult)
    try:
        evaluation = evaluation_of(actor(), judging)
    except NotFoundError as error:
        st.warning(f"{as_text(error.message)} {as_text(error.remedy)}")
        evaluation = None
    labels = model_labels(evaluation) if evaluation else {name: name for name in result.models}
    if evaluation:
        with showing_errors():
            _agreement(judging, trust_of(actor(), judging), labels)
    _scores(result, labels)
    _unread(result)
    if evaluation:
        _judgements(judging, evaluation, labels)


def _agreement(judging, trust: Trust, labels: dict[str, str]) -> None:
    draw, icon = (st.success, ":material/verified:") if trust.passes else (st.warning, ":material/gpp_maybe:")
    draw(f"**{as_text(trust.sentence)}**", icon=icon)
    st.page_link(
        "pages/evaluate.py",
        label="Rate answers yourself, blind" if trust.of_marks else "Compare pairs yourself, blind",
        icon=":material/rate_review:",
        query_params={"job": judging.id, "rate": "1"},
    )
    said = [as_text(one) for one in verdicts_of(judging, labels)]
    st.subheader("What it says" if trust.passes else "What it says, which does not count yet", anchor=False)
    (st.markdown if trust.passes else st.caption)("\n".join(f"- {one}" for one in said) or "Nothing to compare.")
    if trust.rated:
        things = "Answers rated by both" if trust.of_marks else "Pairs judged by both"
        kind = "Cohen's kappa, quadratically weighted" if trust.of_marks else "Cohen's kappa"
        rows = {
            things: f"{trust.rated:,}", "The same verdict": f"{trust.agreed:,}", kind: interval_text(trust.kappa),
            "Kendall's tau": interval_text(trust.tau),
        }  # fmt: skip
        st.table([{"Agreement": name, "Value": value} for name, value in rows.items()], border="horizontal")
        st.caption(
            "In brackets: the 95 % interval. Kappa is 0 for agreement as by chance and 1 for full agreement; the judge "
            f"counts from {LEAST_KAPPA:g} at the low end. Tau says how alike both order the answers."
        )


def _scores(result: JudgeResult, labels: dict[str, str]) -> None:
    st.subheader("Scores", anchor=False)
    rows = []
    for name in result.models:
        row = {"Model": as_text(labels[name])}
        if result.form == "rubric":
            row["Mean mark"] = interval_text(result.scores.get(name))
            row |= {f"Mark {mark}": f"{count:,}" for mark, count in enumerate(result.counts.get(name, ()), 1)}
        else:
            against = "–" if name == result.reference else interval_text(result.scores.get(name))
            row[f"Preferred to {as_text(labels[result.reference])}, share"] = against
            row["Strength"] = interval_text(result.strengths.get(name))
        rows.append(row)
    st.table(rows, border="horizontal")
    asked = f"{plural(result.calls, 'question')} to {as_text(result.judge)} about {plural(result.examples, 'example')}"
    st.caption(f"{asked} of the {result.split} split, {result.tokens:,} tokens, in {span_text(result.seconds)}.")
    if bias := result.bias:
        first = f"; {bias.first:,} of these favoured the answer shown first" if bias.flips else ""
        st.markdown(
            f"**Position bias**: {bias.flips:,} of {plural(bias.pairs, 'verdict')} went with the side, a share of "
            f"{interval_text(bias)}{first}. They count as ties."
        )
    if result.alike:
        st.caption(f"{plural(result.alike, 'pair')} of identical answers were not asked about and do not count.")
    for note in result.notes:
        st.warning(as_text(note), icon=":material/warning:")


def _unread(result: JudgeResult) -> None:
    if not (result.unreadable or result.refused):
        st.caption("Every reply gave a verdict.")
        return
    unreadable, none = f"{result.unreadable:,} of the replies", f"{result.refused:,} of the questions"
    st.markdown(
        f"**No verdict**: {unreadable} could not be read, and {none} got none. They count for nothing; nothing is "
        "guessed from them."
    )
    with st.expander("Some of them", icon=":material/unknown_document:"):
        for sample in result.samples:
            st.code(sample or "(empty)", language=None, wrap_lines=True)


def _judgements(judging, evaluation, labels: dict[str, str]) -> None:
    """Every verdict with its reason, on request: it is better to rate before reading them."""
    opened = st.expander("Every verdict, with reasons", icon=":material/gavel:", key="judgements", on_change="rerun")
    if not opened.open:
        return
    with opened, showing_errors():
        rows, judged = judged_rows(evaluation, spec_of(judging).limit), judgements_in(judging)
        st.caption("Rate some answers yourself first: after reading these, your ratings are no longer independent.")
        st.dataframe(
            [
                {
                    "Question": question_text(rows[one.example]),
                    "Model": " and ".join(labels[name] for name in one.models),
                    "Answer": "\n\n".join(said_by(rows[one.example], name) for name in one.models),
                    "Verdict": _verdict(one, labels),
                    "Reason": "\n\n".join(one.reasons),
                }
                for one in judged[:_MOST_SHOWN]
                if one.example in rows
            ],
            hide_index=True,
        )


def _verdict(one, labels: dict[str, str]) -> str:
    if one.verdict is None:
        return "none"
    if one.mark is not None:
        return number_text(one.mark)
    flipped = f" (went with the {one.flipped_to} side)" if one.flipped_to else ""
    better = {1.0: one.models[0], -1.0: one.models[-1]}.get(one.verdict)
    return f"{labels[better]} is better" if better else f"tie{flipped}"
