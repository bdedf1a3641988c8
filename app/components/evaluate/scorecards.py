"""An evaluation: its verdict, its scorecards side by side with intervals, and the answers behind them."""

import streamlit as st

from app.components.actor import actor
from app.components.charts import interval_chart
from app.components.evaluate.answers import answers_view
from app.components.evaluate.metrics import LABELS, MEANINGS, PERPLEXITY, model_label
from app.components.evaluate.speed import speed_table
from app.components.verdict_view import verdict_view
from app.evaluation.evidence import answers_of, verdict_of
from app.evaluation.tally import Share, Tally
from app.jobs.results import read_result
from app.wording.markdown import as_text
from app.wording.numbers import interval_text, number_text
from app.wording.times import span_text
from core.specs import SCORE_NAMES
from core.specs.results.evaluate import EvaluateResult, Score, Scorecard
from core.specs.sample_sizes import FEWEST_SCORED

_SHARES = ("accuracy", "close", "token_accuracy", "f1", "rouge1", "rouge2", "rougeL", "bleu")
_FIRST = ("accuracy", "close", "exact_match", "loss", "perplexity", "token_accuracy", "f1", "rougeL")
"""The most telling metrics, in order; the others follow."""


def evaluation_view(job) -> None:
    """Draw a finished evaluation: verdict, scorecards, answers."""
    tally = Tally(read_result(job, EvaluateResult), answers_of(job))
    verdict_view(verdict_of(actor(), job.id))
    for note in tally.result.notes:
        st.caption(as_text(note))
    _scores(tally, job.id)
    if tally.answers:
        answers_view(tally, job.id)


def _scores(tally: Tally, key: str) -> None:
    """A table of every metric with its 95 % interval, and a chart of those between 0 and 1."""
    result = tally.result
    cards = {role: card | _counted(tally, role, card) for role, card in tally.cards.items()}
    names = [name for name in dict.fromkeys([*_FIRST, *SCORE_NAMES]) if any(name in card for card in cards.values())]
    models = {model_label(name): card for name, card in cards.items()}
    rows = [
        {"Metric": LABELS[name]} | {model: _cell(card.get(name), tally.count) for model, card in models.items()}
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
        st.markdown("\n".join(f"- **{LABELS[name]}**: {MEANINGS[name]}" for name in names))
    interval_chart(
        [
            (LABELS[name], model_label(role), score.value, score.low, score.high)
            for name in names
            if name in _SHARES
            for role, card in cards.items()
            if (score := card.get(name))
        ],
        x="score, with 95 % interval",
        key=f"scores-{key}",
    )
    if result.speed:
        speed_table(result.speed)


def _few_of_averages(count: int) -> str:
    return "" if count >= FEWEST_SCORED else f"; averages have one from {FEWEST_SCORED} examples"


def _counted(tally: Tally, role: str, card: Scorecard) -> dict[str, Share]:
    """The scores that count answers, whose Wilson intervals hold for few examples too."""
    if "accuracy" not in card:
        return {}
    counts = {"accuracy": tally.right(role), "close": tally.close(role)}
    return {name: share for name, share in counts.items() if share}


def _cell(score: Score | Share | None, count: int) -> str:
    if isinstance(score, Share) and score.hits is not None:
        low, high = number_text(100 * score.low), number_text(100 * score.high)
        return f"{score.hits:,} of {count:,} ({low} to {high} %)"
    return interval_text(score)
