"""An evaluation: its verdict, its scorecards side by side with intervals, and the answers behind them."""

import streamlit as st

from app.components.actor import actor
from app.components.charts import interval_chart
from app.components.evaluate.answers import answers_view
from app.components.evaluate.differences import differences_view
from app.components.evaluate.forgetting import forgetting_view, harness_view
from app.components.evaluate.metrics import LABELS, PERPLEXITY, SHARES, label, model_labels, ordered
from app.components.evaluate.speed import speed_table
from app.components.verdict_view import notes_view, verdict_view
from app.evaluation.answers import answers_or_none
from app.evaluation.evidence import verdict_of
from app.evaluation.judging.agreement import told_by_judges
from app.evaluation.tally import Share, Tally
from app.jobs.results import read_result
from app.wording.markdown import as_text
from app.wording.numbers import interval_text, number_text, plural
from app.wording.times import span_text
from core.specs.results.evaluate import Confusion, EvaluateResult, Score, Scorecard
from core.specs.results.forgetting import GENERAL_SPLIT
from core.specs.results.metrics import metric
from core.specs.sample_sizes import FEWEST_SCORED

_OWN_COLUMNS = ("Metric", "Why")


def evaluation_view(job) -> None:
    """Draw a finished evaluation: the verdict on each model, scorecards, answers."""
    result, answers, labels = read_result(job, EvaluateResult), answers_or_none(job), model_labels(job)
    verdicts = {name: verdict_of(actor(), job.id, name) for name in result.subjects}
    for name, verdict in verdicts.items():
        verdict_view(verdict, labels[name] if len(verdicts) > 1 else "")
    if len(verdicts) > 1:
        notes_view(verdict.warnings)  # of the dataset: the same for all models
    notes_view(tuple(told_by_judges(actor(), job, labels)))
    for note in result.notes:
        st.caption(as_text(note))
    splits = [result.split, *result.other_splits]
    if len(splits) > 1:
        chosen = st.segmented_control("Split", splits, default=splits[0], required=True, key=f"split-{job.id}")
        result = result.of_split(chosen)
    tally = Tally(result, answers)
    _scores(tally, labels, f"{job.id}-{result.split}")
    differences_view(result, labels)
    if result.forgetting:
        forgetting_view(result.forgetting, labels)
    if result.harness:
        harness_view(result.harness, labels)
    answers_view(job, _answers_of(result, job.id))


def _answers_of(result: EvaluateResult, key: str) -> str:
    """Which split's answers to show: those of the scores above, or of the general set."""
    if not result.forgetting:
        return result.split
    splits = [result.split, GENERAL_SPLIT]
    return st.segmented_control(
        "Answers to", splits, default=splits[0], required=True, key=f"answers-{key}-{result.split}"
    )


def _scores(tally: Tally, labels: dict[str, str], key: str) -> None:
    """A table of every metric with its 95 % interval, and a chart of those between 0 and 1."""
    result = tally.result
    cards = {role: card | _counted(tally, role, card) for role, card in tally.cards.items()}
    found = {name for card in cards.values() for name in card}
    silent = {one.metric: one.reason for one in result.silent if one.metric in LABELS}
    names = ordered(found, result.telling, list(silent))
    models = {_column(labels[name]): card for name, card in cards.items()}
    if telling := [label(name) for name in result.telling if name in found]:
        st.markdown(f"The references are {result.answer_kind}: **{', '.join(telling)}** say most about them.")
    rows = [
        {"Metric": label(name)} | {model: _cell(card.get(name), tally.count) for model, card in models.items()}
        for name in names
    ]
    st.table(rows, border="horizontal")
    st.caption(
        f"{result.examples:,} examples of the {result.split} split, in {span_text(result.seconds)}. "
        f"In brackets: the 95 % interval{_few_of_averages(tally.count)}."
    )
    if "perplexity" in names:
        st.caption(f"Perplexity: {PERPLEXITY}")
    with st.expander("What each metric measures", icon=":material/help:"):
        st.markdown("\n".join(f"- **{label(name)}**: {metric(name).meaning}" for name in names))
    interval_chart(
        [
            (label(name), labels[role], score.value, score.low, score.high)
            for name in names
            if name in SHARES
            for role, card in cards.items()
            if (score := card.get(name))
        ],
        x="score, with 95 % interval",
        reference=labels[result.reference],
        key=f"scores-{key}",
    )
    if result.confusions:
        _confusions(result.confusions, labels)
    if silent:
        _silent_metrics(silent, found, models, tally.count)
    if result.speed:
        speed_table({labels.get(name, name): speed for name, speed in result.speed.items()})


def _confusions(confusions: dict[str, Confusion], labels: dict[str, str]) -> None:
    """How often each label is right, and what is said in its place, a tab per model."""
    st.subheader("Right, label by label", anchor=False)
    tabs = st.tabs([as_text(labels[name]) for name in confusions])
    for tab, found in zip(tabs, confusions.values(), strict=True):
        said = [*found.labels, "another answer"]
        rows = [
            {"Expected": label, "Right": f"{counts[place]:,} of {sum(counts):,}"}
            | {f"said {other}": f"{count:,}" for other, count in zip(said, counts, strict=True)}
            for place, (label, counts) in enumerate(zip(said, found.counts, strict=False))
        ]
        tab.dataframe(rows, hide_index=True)


def _silent_metrics(silent: dict[str, str], found: set[str], models: dict[str, Scorecard], count: int) -> None:
    """Grey: the metrics that say nothing about these answers, each with the reason."""
    with st.expander(f"{plural(len(silent), 'metric')} that say nothing about these answers", icon=":material/block:"):
        rows = [
            {"Metric": label(name), "Why": reason}
            | {model: _cell(card.get(name), count) if name in found else "–" for model, card in models.items()}
            for name, reason in silent.items()
        ]
        st.table([{key: f":gray[{value}]" for key, value in row.items()} for row in rows], border="horizontal")


def _column(label: str) -> str:
    """A model's column. One named like a column of the page's own gets a space at its end, which no name has."""
    return as_text(label) + " " * (label in _OWN_COLUMNS)


def _few_of_averages(count: int) -> str:
    return "" if count >= FEWEST_SCORED else f"; averages have one from {FEWEST_SCORED} examples"


def _counted(tally: Tally, role: str, card: Scorecard) -> dict[str, Share]:
    """The scores that count answers, whose Wilson intervals hold for few examples too."""
    if "accuracy" not in card:
        return {}
    counts = {tally.exact: tally.right(role), "close": tally.close(role)}
    return {name: share for name, share in counts.items() if share}


def _cell(score: Score | Share | None, count: int) -> str:
    if isinstance(score, Share) and score.hits is not None:
        low, high = number_text(100 * score.low), number_text(100 * score.high)
        return f"{score.hits:,} of {count:,} ({low} to {high} %)"
    return interval_text(score)
