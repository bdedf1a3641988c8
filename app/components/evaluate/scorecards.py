"""An evaluation: what it means, the scorecards side by side with their intervals, and the answers behind them."""

import streamlit as st

from app.components.charts import interval_chart
from app.components.evaluate.speed import speed_table
from app.components.long_text import long_text
from app.components.verdict_view import verdict_view
from app.evaluation.evidence import answers_of, verdict_of
from app.evaluation.tally import Scored, is_close
from app.wording.markdown import as_text
from app.wording.numbers import interval_text, number_text
from app.wording.times import span_text
from core.specs import SCORE_NAMES
from core.specs.sample_sizes import FEWEST_SCORED

LABELS = {
    "loss": "Loss",
    "perplexity": "Perplexity",
    "token_accuracy": "Token accuracy",
    "exact_match": "Exact match",
    "accuracy": "Right",
    "close": "Right or close",
    "f1": "Token F1",
    "rouge1": "ROUGE-1",
    "rouge2": "ROUGE-2",
    "rougeL": "ROUGE-L",
    "bleu": "BLEU",
    "mean_length": "Mean length, words",
}


PERPLEXITY = (
    "among how many equally likely tokens the model wavers at each step. 1 is never surprised, below 10 low, above 100 "
    "high."
)


MEANINGS = {
    "loss": "How surprised the model is by the right answer, per token. Lower is better.",
    "perplexity": "The loss as a number of choices: 1 is certain. Lower is better.",
    "token_accuracy": "Share of the right answer's tokens that were the model's first choice.",
    "exact_match": "Share of answers equal to the reference, character for character.",
    "accuracy": "Answers that are the reference, whatever the case and the punctuation.",
    "close": "Answers that share half of their words with the reference, or more.",
    "f1": "Words shared with the reference, whatever their order.",
    "rouge1": "Single words shared with the reference.",
    "rouge2": "Pairs of words shared with the reference.",
    "rougeL": "The longest common sequence of words.",
    "bleu": "Runs of up to four words shared with the reference.",
    "mean_length": "How long the answers are.",
}


_SHARES = ("accuracy", "close", "token_accuracy", "f1", "rouge1", "rouge2", "rougeL", "bleu")


_FIRST = ("accuracy", "close", "exact_match", "loss", "perplexity", "token_accuracy", "f1", "rougeL")
"""What tells most, in this order; the other metrics follow."""


_ROLES = {"base": "Base model", "tuned": "Tuned", "gguf": "GGUF", "nearest": "Plain look-up"}


def evaluation_view(job) -> None:
    """A finished evaluation: its verdict, its scorecards, the answers behind them."""
    scored = Scored(job.result, answers_of(job))
    verdict_view(verdict_of(job.id))
    for note in job.result.get("notes", []):
        st.caption(as_text(note))
    _scores(scored, job.id)
    if scored.answers:
        _answers(scored, job.id)


def _scores(scored: Scored, key: str) -> None:
    """The table of every metric with its 95 % interval, and the chart of all shares."""
    result = scored.result
    cards = {role: card | _counted(scored, role, card) for role, card in scored.cards.items()}
    names = [name for name in dict.fromkeys([*_FIRST, *SCORE_NAMES]) if any(name in card for card in cards.values())]
    st.table(
        [
            {"Metric": LABELS[name]}
            | {_ROLES[role]: _cell(card.get(name), scored.count) for role, card in cards.items()}
            for name in names
        ],
        border="horizontal",
    )
    st.caption(
        f"{result['examples']:,} examples of the {result['split']} split, in {span_text(result['seconds'])}. "
        f"In brackets: the 95 % interval{_few_of_averages(scored.count)}."
    )
    if "perplexity" in names:
        st.caption(f"Perplexity: {PERPLEXITY}")
    with st.expander("What each metric says", icon=":material/help:"):
        st.markdown("\n".join(f"- **{LABELS[name]}**: {MEANINGS[name]}" for name in names))
    interval_chart(
        [
            (LABELS[name], _ROLES[role], score["value"], score.get("low"), score.get("high"))
            for name in names
            if name in _SHARES
            for role, card in cards.items()
            if (score := card.get(name))
        ],
        x="score, with 95 % interval",
        key=f"scores-{key}",
    )
    if result.get("speed"):
        speed_table(result["speed"])


def _few_of_averages(count: int) -> str:
    return "" if count >= FEWEST_SCORED else f"; averages have one from {FEWEST_SCORED} examples on"


def _counted(scored: Scored, role: str, card: dict) -> dict[str, dict]:
    """The scores that are counts of answers, with intervals that few examples have too."""
    if "accuracy" not in card:
        return {}
    counts = {"accuracy": scored.right(role), "close": scored.close(role)}
    return {name: share._asdict() for name, share in counts.items() if share}


def _cell(score: dict | None, count: int) -> str:
    if score and score.get("hits") is not None:
        low, high = number_text(100 * score["low"]), number_text(100 * score["high"])
        return f"{score['hits']:,} of {count:,} ({low} to {high} %)"
    return interval_text(score)


def _answers(scored: Scored, key: str) -> None:
    """The answers of all models, a few at a time, as given, best or worst first."""
    st.header("Answers behind the numbers", anchor=False)
    answers, roles = scored.answers, list(scored.cards)
    orders = ["As given", "Best first", "Worst first"]
    order = st.segmented_control("Order", orders, default="As given", key=f"o-{key}")
    if order in ("Best first", "Worst first"):
        best_first = order == "Best first"
        answers = sorted(answers, key=lambda row: _goodness(row["scores"][scored.role]), reverse=best_first)
    page = st.pagination(max(1, -(-len(answers) // 5)), key=f"p-{key}") or 1
    for row in answers[(page - 1) * 5 : page * 5]:
        with st.container(border=True):
            long_text(" ".join(part for part in (row["instruction"], row.get("input")) if part))
            places = st.columns(len(roles) + 1)
            _answer(places[0], "Reference", row["reference"])
            for place, role in zip(places[1:], roles, strict=True):
                scores = row["scores"].get(role, {})
                if role in row["predictions"]:
                    _answer(place, f"{_ROLES[role]} · {_how_good(scores, scored.short)}", row["predictions"][role])
                else:
                    place.caption(f"{_ROLES[role]} · loss {number_text(scores['loss'])} nats a token")


def _goodness(scores: dict) -> float:
    """By what answers are ordered: likeness to the reference, or how expected a text was that nobody answered."""
    return scores["rougeL"] if "rougeL" in scores else -scores["loss"]


def _how_good(scores: dict, short: bool) -> str:
    word = "right" if scores["accuracy"] == 1 else "close" if is_close(scores) and not short else "off"
    return f"{word} · ROUGE-L {number_text(scores['rougeL'])}"


def _answer(place, caption: str, text: str) -> None:
    with place:
        st.caption(caption)
        long_text(text or "(empty)")
