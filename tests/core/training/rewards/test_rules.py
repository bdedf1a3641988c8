"""Rewards by rule: what earns 1, what earns nothing, and what is refused before a run."""

import json

import pytest

from core.errors import InputError
from core.specs import TrainSpec
from core.training.rewards import rules
from core.training.rewards.grading import Grading
from core.training.rewards.rules import Answer

_SCHEMA = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def _spec(*rewards: str, **given) -> TrainSpec:
    return TrainSpec(name="r", output_dir="/r", dataset="/d", method="grpo", rewards=rewards, **given)


def _score(reward: str, text: str, expected: str = "", ended: bool = True, **given) -> float | None:
    [found] = Grading(_spec(reward, **given)).scores([Answer("?", expected, text, ended)])[reward]
    return found


@pytest.mark.parametrize(
    ("text", "score"), [("Paris", 1), (" paris.\n", 1), ("“PARIS”", 1), ("It is Paris", 0), ("", 0)]
)
def test_an_answer_equals_whatever_its_case_and_the_punctuation_around_it(text, score):
    assert _score("answer_equals", text, expected="Paris") == score


@pytest.mark.parametrize(
    ("text", "expected", "score"),
    [
        ("3 and 4 make 7.", "7", 1),
        ("7 is 3 and 4", "7", 0),
        ("So $1,234.50", "1234.5", 1),
        ("3,5 Liter", "3.5", 1),
        ("It is −4", "-4", 1),
        ("10-7", "7", 1),
        ("Es sind 9.999,56", "1.234,56", 0),
        ("1.234,56 Euro", "1,234.56", 1),
        ("1.234.567", "1234567", 1),
        ("pi is 3.142", "3142", 0),
        ("0,125", "0.125", 1),
        ("12\u00a0345,6", "12345.6", 1),
        ("about 1.5e3.", "1500", 1),
        ("-2,5", "-2.5", 1),
        ("1, 2, 3", "3", 1),
        ("1,2,3", "3", 1),
        ("on 2026-12-01", "1", 1),
        ("none", "7", 0),
        ("7", "seven", None),
    ],
)
def test_the_last_numbers_are_compared(text, expected, score):
    assert _score("number_equals", text, expected=expected) == score


def test_a_pattern_is_searched_for_and_cannot_hang(monkeypatch):
    assert _score("pattern", "The answer: 42", reward_pattern=r"answer: \d+$") == 1
    assert _score("pattern", "42, the answer", reward_pattern=r"answer: \d+$") == 0
    monkeypatch.setattr(rules, "_PATTERN_SECONDS", 0.1)
    with pytest.raises(InputError, match="takes more than"):
        _score("pattern", "a" * 5000 + "b", reward_pattern=r"^(a|aa)+(b?b?c)$")


@pytest.mark.parametrize(
    ("text", "score"),
    [('{"name": "Ada"}', 1), ('{"name": 3}', 0), ('Here: {"name": "Ada"}', 0), ("[" * 100_000, 0), ("1" * 5000, 0)],
)
def test_an_answer_as_a_whole_satisfies_the_schema(text, score):
    assert _score("json_schema", text, reward_schema=json.dumps(_SCHEMA)) == score


def test_length_falls_off_outside_its_range_and_ends_counts_an_end():
    words = {"reward_min_words": 2, "reward_max_words": 4}
    assert [_score("length", "word " * count, **words) for count in (0, 1, 2, 4, 8)] == [0, 0.5, 1, 1, 0.5]
    assert (_score("ends", "x", ended=True), _score("ends", "x", ended=False)) == (1, 0)


def test_rewards_add_up_by_their_weights_and_say_nothing_together_where_none_does():
    grading = Grading(_spec("number_equals", "ends", reward_weights=(1.0, -0.5)))
    answers = [Answer("?", "7", "7", True), Answer("?", "7", "8", False), Answer("?", "seven", "7", True)]
    assert grading.totals(grading.scores(answers)) == [0.5, 0.0, -0.5]
    alone = Grading(_spec("number_equals"))
    assert alone.totals(alone.scores(answers)) == [1.0, 0.0, None]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rewards": ()}, "grpo learns from rewards alone"),
        ({"rewards": ("ends", "ends")}, "name each reward once"),
        ({"rewards": ("ends",), "reward_weights": (1.0, 2.0)}, "one weight for each reward"),
        ({"rewards": ("ends",), "reward_weights": (0.0,)}, "must not be 0"),
        ({"rewards": ("pattern",)}, "the reward pattern needs it"),
        ({"rewards": ("pattern",), "reward_pattern": "(a"}, "not a regular expression"),
        ({"rewards": ("json_schema",), "reward_schema": "{"}, "not JSON"),
        ({"rewards": ("json_schema",), "reward_schema": '{"type": "thing"}'}, "not a JSON schema"),
        ({"rewards": ("json_schema",), "reward_schema": "true"}, "accepts everything or nothing"),
        ({"rewards": ("json_schema",), "reward_schema": '{"$ref": "http://x/y"}'}, "not fetched"),
        ({"rewards": ("length",), "reward_min_words": 9, "reward_max_words": 3}, "reward_min_words"),
        ({"rewards": ("judge",), "judge_model": "m"}, "judge_endpoint"),
        ({"rewards": ("ends",), "max_new_tokens": 512}, "share max_seq_length"),
        ({"rewards": ("ends",), "devices": 2}, "one GPU"),
        ({"rewards": ("ends",), "precision": "float16"}, "bfloat16 or float32"),
        ({"rewards": ("ends",), "lora_targets": ("lm_head",)}, "lm_head"),
        ({"rewards": ("ends",), "generations": 1}, "generations"),
        ({"rewards": ("ends",), "method": "sft"}, "rewards belong to method grpo"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_on_their_field(given, words):
    with pytest.raises(ValueError, match=words):
        TrainSpec(**{"name": "r", "output_dir": "/r", "dataset": "/d", "method": "grpo"} | given)


def test_a_schema_that_defines_too_little_ends_a_run_in_words():
    with pytest.raises(InputError, match="refers to what it does not define"):
        _score("json_schema", "{}", reward_schema='{"$ref": "#/$defs/missing"}')
