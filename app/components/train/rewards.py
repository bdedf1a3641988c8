"""The rewards of GRPO: which of them count and how much, and what each needs to know."""

import streamlit as st

from app.components.endpoint_fields import endpoint_fields
from app.components.form import Form
from app.components.validation import default_of
from core.specs.rewards.checks import why_no_pattern, why_no_schema

REWARDS = {
    "answer_equals": (
        "Answer equals",
        "1 if it is the dataset's answer, whatever its case, spaces and the punctuation around it.",
    ),
    "number_equals": (
        "Number equals",
        "1 if its last number is the last one of the dataset's answer, so it may reason first.",
    ),
    "pattern": ("Matches a pattern", "1 if a regular expression is found in it."),
    "json_schema": ("Valid JSON", "1 if all of it is JSON that satisfies a schema."),
    "length": ("Length", "1 within a range of words, less the further outside."),
    "ends": ("Ends by itself", "1 if it ends before the longest answer is reached."),
    "judge": ("A judge's score", "From 0 to 1, by a language model on an OpenAI-compatible server."),
}
"""Each reward in a person's words: its label, and what it gives to an answer."""
_EMPTY = {
    "reward_pattern": None, "reward_schema": None, "judge_endpoint": None, "judge_model": None,
    "judge_instructions": None,
}  # fmt: skip
_COLUMNS = 4


def choose_rewards(form: Form, defaults: dict) -> dict:
    """Choose rewards, at least one. Returns the fields of TrainSpec that are about them."""
    first = [name for name in defaults["rewards"] if name in REWARDS]
    chosen = st.pills(
        "What is rewarded",
        list(REWARDS),
        selection_mode="multi",
        format_func=lambda name: REWARDS[name][0],
        help="The model answers each question several times, and learns from the answers that earn more than others.",
        **form.bind("rewards", first, REWARDS),
    )
    if not chosen:
        form.reject(st, "Choose what is rewarded in an answer.")
        return {"rewards": (), "reward_weights": ()}
    st.caption(" ".join(f"**{REWARDS[name][0]}**: {REWARDS[name][1]}" for name in chosen))
    given = dict(zip(defaults["rewards"], defaults["reward_weights"], strict=False))
    weights = _weights(form, chosen, given) if len(chosen) > 1 else ()
    values = _EMPTY | {"rewards": tuple(chosen), "reward_weights": weights}
    needs = {"pattern": _pattern, "json_schema": _schema, "length": _length, "judge": _judge}
    for name in chosen:
        if name in needs:
            values |= needs[name](form, defaults)
    return values


def no_rewards() -> dict:
    """The same fields where another method was chosen."""
    return _EMPTY | {"rewards": (), "reward_weights": ()}


def _weights(form: Form, chosen: list[str], given: dict[str, float]) -> tuple[float, ...]:
    """Empty if all rewards weigh the same."""
    places = st.columns(_COLUMNS)
    weights = tuple(
        places[number % _COLUMNS].number_input(
            f"Weight of “{REWARDS[name][0]}”",
            min_value=-1000.0,
            max_value=1000.0,
            step=0.1,
            format="%g",
            help="How much it counts beside the others; below 0 it punishes.",
            **form.bind(f"weight-{name}", float(given.get(name, 1.0))),
        )
        for number, name in enumerate(chosen)
    )
    if not any(weights):
        form.reject(st, "At least one weight must not be 0.")
    return () if set(weights) == {1.0} else weights


def _pattern(form: Form, defaults: dict) -> dict:
    pattern = st.text_input(
        "Pattern",
        placeholder=r"^Answer: \d+$",
        help="A regular expression. ^ and $ tie it to the beginning and end of the answer.",
        **form.bind("reward-pattern", defaults["reward_pattern"] or ""),
    )
    return {"reward_pattern": _checked(form, "pattern", pattern, why_no_pattern)}


def _schema(form: Form, defaults: dict) -> dict:
    schema = st.text_area(
        "JSON schema",
        placeholder='{"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}',
        **form.bind("reward-schema", defaults["reward_schema"] or ""),
    )
    return {"reward_schema": _checked(form, "JSON schema", schema, why_no_schema)}


def _checked(form: Form, what: str, text: str, why_not) -> str | None:
    """The text; None and a problem at the field if it cannot be used."""
    problem = why_not(text) if text.strip() else "it is empty"
    if problem:
        form.reject(st, f"The {what} cannot be used: {problem}.")
        return None
    return text


def _length(form: Form, defaults: dict) -> dict:
    least, most, *_ = st.columns(_COLUMNS)
    words = {
        "reward_min_words": form.number(least, "reward_min_words", "Fewest words", defaults["reward_min_words"]),
        "reward_max_words": form.number(most, "reward_max_words", "Most words", defaults["reward_max_words"]),
    }
    if words["reward_max_words"] < words["reward_min_words"]:
        form.reject(most, "Most words must not be less than fewest words.")
    return words


def _judge(form: Form, defaults: dict) -> dict:
    endpoint, model, variable = endpoint_fields(
        form,
        ("judge-endpoint", "judge-model", "judge-key"),
        (defaults["judge_endpoint"] or "", defaults["judge_model"] or "", default_of(form.kind, "judge_api_key_env")),
        whose="judge's",
        required=True,
    )
    instructions = st.text_area(
        "What the judge looks for",
        placeholder="How correct, complete and helpful the answer is.",
        **form.bind("judge-instructions", defaults["judge_instructions"] or ""),
    ).strip()
    return {
        "judge_endpoint": endpoint or None,
        "judge_model": model or None,
        "judge_instructions": instructions or None,
        "judge_api_key_env": variable,
    }
