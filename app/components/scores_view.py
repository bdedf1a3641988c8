"""Scorecards side by side with their intervals, and the predictions behind them."""

import json
from pathlib import Path

import streamlit as st

from app.components.charts import interval_chart
from app.components.wording import as_text, interval_text, number_text, size_text, span_text
from core.jobs import SCORE_NAMES

LABELS = {
    "loss": "Loss",
    "perplexity": "Perplexity",
    "token_accuracy": "Token accuracy",
    "exact_match": "Exact match",
    "accuracy": "Accuracy",
    "f1": "Token F1",
    "rouge1": "ROUGE-1",
    "rouge2": "ROUGE-2",
    "rougeL": "ROUGE-L",
    "bleu": "BLEU",
    "mean_length": "Mean length, words",
}
MEANINGS = {
    "loss": "How surprised the model is by the right answer, per token. Lower is better.",
    "perplexity": "The loss as a number of choices: 1 is certain. Lower is better.",
    "token_accuracy": "Share of the right answer's tokens that were the model's first choice.",
    "exact_match": "Share of answers equal to the reference, character for character.",
    "accuracy": "Share that is right, whatever the case and the punctuation.",
    "f1": "Words shared with the reference, whatever their order.",
    "rouge1": "Single words shared with the reference.",
    "rouge2": "Pairs of words shared with the reference.",
    "rougeL": "The longest common sequence of words.",
    "bleu": "Runs of up to four words shared with the reference.",
    "mean_length": "How long the answers are.",
}
_SHARES = ("token_accuracy", "f1", "rouge1", "rouge2", "rougeL", "bleu")


def scores_view(result: dict, key: str) -> None:
    """The verdict, the chart of all shares, and the table of every metric with its 95 % interval."""
    cards, watched = result["scorecards"], "accuracy" if result.get("labels") else "rougeL"
    verdict(result, watched)
    _compare_with_look_up(result, watched)
    for note in result.get("notes", []):
        st.caption(as_text(note))
    order = dict.fromkeys([watched, *SCORE_NAMES])
    rows = [
        (LABELS[name], role, card[name]["value"], card[name].get("low"), card[name].get("high"))
        for name in order
        for role, card in cards.items()
        if card.get(name) and (name in _SHARES or name == watched)
    ]
    interval_chart(rows, x="score, with 95 % interval", key=f"scores-{key}")
    table = [
        {"Metric": LABELS[name]}
        | {role: interval_text(card.get(name)) for role, card in cards.items()}
        | {"What it says": MEANINGS[name]}
        for name in order
    ]
    st.dataframe(table, hide_index=True, height="content")
    st.caption(f"{result['examples']:,} examples of the {result['split']} split, in {span_text(result['seconds'])}.")
    if result.get("speed"):
        st.dataframe([_speed_row(label, figures) for label, figures in result["speed"].items()], hide_index=True)


def verdict(result: dict, watched: str) -> None:
    """Whether tuned is better than base."""
    told = compared(result, watched)
    if told:
        state, words = told
        draw, icon = _VERDICTS[state]
        draw(words, icon=f":material/{icon}:")


_VERDICTS = {
    "too few": (st.info, "help"),
    "better": (st.success, "trending_up"),
    "worse": (st.error, "trending_down"),
    "open": (st.warning, "trending_flat"),
}


def compared(result: dict, watched: str) -> tuple[str, str] | None:
    """What the score called `watched` says of tuned beside base, only as far as the intervals allow; None without both.

    Where the differences of each example were resampled, they tell; else the intervals of the two must not overlap.
    """
    cards = result["scorecards"]
    base, tuned = cards.get("base", {}).get(watched), cards.get("tuned", {}).get(watched)
    if not (base and tuned):
        return None
    change = f"{LABELS[watched]} {number_text(base['value'])} → {number_text(tuned['value'])}"
    above = result.get("differences", {}).get("base", {}).get(watched)
    if _has_no_interval(base, tuned):
        return "too few", f"Too few examples to tell: {change}."
    if above["low"] > 0 if above else tuned["low"] > base["high"]:
        return "better", f"Tuned is better than base: {change}."
    if above["high"] < 0 if above else tuned["high"] < base["low"]:
        return "worse", f"Tuned is worse than base: {change}."
    return "open", f"No clear difference: {change}. Evaluate on more examples to tell."


def _compare_with_look_up(result: dict, watched: str) -> None:
    """A look-up learns nothing: a tuned model that does no better has not earned its keep, and the page says so."""
    nearest, tuned = (result["scorecards"].get(role, {}).get(watched) for role in ("nearest", "tuned"))
    if not (nearest and tuned) or _has_no_interval(nearest, tuned):
        return
    above = result.get("differences", {}).get("nearest", {}).get(watched)
    told = f"{LABELS[watched]} {number_text(nearest['value'])}, tuned {number_text(tuned['value'])}"
    if above["low"] > 0 if above else tuned["low"] > nearest["high"]:
        st.success(f"Tuned is better than looking up the most similar question: {told}.", icon=":material/search:")
    else:
        st.warning(
            f"A plain look-up of the most similar question does about as well or better: {told}. Bring more examples.",
            icon=":material/search:",
        )


def _has_no_interval(*scores: dict) -> bool:
    return any(score.get("low") is None for score in scores)


def predictions_view(job, key: str) -> None:
    """The answers behind the numbers: best, worst, or all, base beside tuned."""
    path = Path(job.output_dir) / "predictions.json"
    if not path.is_file():
        return
    predictions = json.loads(path.read_text(encoding="utf-8"))
    st.subheader("Answers behind the numbers", anchor=False)
    roles = list(job.result["scorecards"])
    watched = "tuned" if "tuned" in roles else roles[0]
    order = st.segmented_control("Order", ["As given", "Best first", "Worst first"], default="As given", key=f"o-{key}")
    if order in ("Best first", "Worst first"):
        predictions.sort(key=lambda row: _goodness(row["scores"][watched]), reverse=order == "Best first")
    page = st.pagination(max(1, -(-len(predictions) // 5)), key=f"p-{key}") or 1
    for row in predictions[(page - 1) * 5 : page * 5]:
        with st.container(border=True):
            st.text(" ".join(part for part in (row["instruction"], row.get("input")) if part))
            places = st.columns(len(roles) + 1)
            _answer(places[0], "Reference", row["reference"], None)
            for place, role in zip(places[1:], roles, strict=True):
                if role in row["predictions"]:
                    _answer(place, role, row["predictions"][role], row["scores"].get(role, {}).get("rougeL"))
                else:
                    place.caption(f"{role} · loss {number_text(row['scores'][role]['loss'], 2)} nats a token")


def _goodness(scores: dict) -> float:
    """By what answers are ordered: likeness to the reference, or how expected a text was that nobody answered."""
    return scores["rougeL"] if "rougeL" in scores else -scores["loss"]


def _answer(place, role: str, text: str, score: float | None) -> None:
    with place:
        st.caption(role if score is None else f"{role} · ROUGE-L {number_text(score, 2)}")
        st.text(text or "(empty)")


def _speed_row(label: str, figures: dict) -> dict:
    return {
        "Model": label,
        "First token": span_text(figures["time_to_first_token_s"]),
        "Tokens per second": number_text(figures["tokens_per_second"]),
        "Load": span_text(figures["load_s"]),
        "Peak memory": size_text(figures["peak_memory_bytes"]),
    }
