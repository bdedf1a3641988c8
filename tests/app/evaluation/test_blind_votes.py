"""Blind A/B: what is asked, what the votes say, and the dataset they become."""

import json
from collections import Counter
from pathlib import Path

import pytest
from datasets import load_from_disk

from app.evaluation.blind_votes import (
    asked_pairs,
    next_pair,
    ranking,
    start_preference_dataset,
    take_back,
    vote,
    votes,
)
from core.errors import InputError
from core.specs.kinds import Preferred
from storage.actors import OWNER
from tests.app.working import work_off
from tests.finished import evaluated

LABELS = {"base": "Base model", "tuned": "Tuned", "nearest": "Plain look-up"}


@pytest.fixture
def evaluation(here, shop):
    """30 examples answered by `base`, `tuned` and `nearest`; on the last three, base and tuned say the same."""
    made = evaluated(str(here / "runs" / "shop"), shop, 5, count=30)
    file = next(here.glob("runs/*/predictions.json"))
    rows = json.loads(file.read_text())
    for row in rows[-3:]:
        row["predictions"]["tuned"] = f"<think>Hm.</think> {row['predictions']['base']}"
    file.write_text(json.dumps(rows))
    return made


def prefer(evaluation, model: str, count: int) -> None:
    """Cast `count` votes, each for `model` where it is one of the two, else a tie."""
    for _ in range(count):
        pair = next_pair(asked_pairs(OWNER, evaluation.id), votes(OWNER, evaluation.id))
        sides = {pair.left: Preferred.LEFT, pair.right: Preferred.RIGHT}
        vote(OWNER, evaluation.id, pair, sides.get(model, Preferred.TIE))


def test_every_pair_that_differs_is_asked_about_once_on_either_side(evaluation):
    asked = asked_pairs(OWNER, evaluation.id)
    assert len(asked.pairs) == 87 and asked.alike == 3
    assert len({(pair.example, frozenset(pair[1:3])) for pair in asked.pairs}) == 87
    sides = Counter(pair.left for pair in asked.pairs)
    assert all(15 < sides[name] < 45 for name in ("base", "tuned", "nearest"))
    assert [pair.example for pair in asked.pairs] != sorted(pair.example for pair in asked.pairs)
    for pair in asked.pairs:
        assert "Hm." not in "".join(pair.answers)
        if pair.example >= 27:
            continue
        assert f"{pair.example} of {pair.left}:" in pair.answers[0] and f"of {pair.right}:" in pair.answers[1]


def test_the_next_pair_is_one_without_a_vote_and_a_vote_can_be_taken_back(evaluation):
    asked = asked_pairs(OWNER, evaluation.id)
    first = next_pair(asked, [])
    vote(OWNER, evaluation.id, first, Preferred.BOTH_BAD)
    assert next_pair(asked, votes(OWNER, evaluation.id)) == asked.pairs[1]
    take_back(OWNER, votes(OWNER, evaluation.id))
    assert next_pair(asked, votes(OWNER, evaluation.id)) == first
    prefer(evaluation, "tuned", 87)
    assert next_pair(asked, votes(OWNER, evaluation.id)) is None


def test_the_preferred_model_is_the_strongest_and_the_verdict_says_so(evaluation):
    prefer(evaluation, "tuned", 87)
    found = ranking(evaluation, votes(OWNER, evaluation.id))
    assert next(iter(found.strengths)) == "base"
    assert max(found.strengths, key=lambda name: found.strengths[name].value) == "tuned"
    assert found.strengths["tuned"].low > 0
    assert found.verdict("tuned", LABELS) == "preferred to Base model"
    assert found.verdict("nearest", LABELS) == "not told apart from Base model"
    assert (found.votes, found.ties, found.both_bad) == (87, 30, 0)


def test_few_votes_say_little(evaluation):
    assert ranking(evaluation, []).unknown == "Nothing was voted on yet."
    prefer(evaluation, "tuned", 1)
    assert ranking(evaluation, votes(OWNER, evaluation.id)).strengths
    prefer(evaluation, "tuned", 4)
    found = ranking(evaluation, votes(OWNER, evaluation.id))
    first = next(iter(found.strengths), "base")  # the base may not be among so few
    said = "the others are compared with it" if first == "tuned" else f"not told apart from {LABELS[first]}"
    assert found.unknown or found.verdict("tuned", LABELS) == said


def test_votes_become_a_preference_dataset(evaluation):
    with pytest.raises(InputError, match="No vote prefers one answer"):
        start_preference_dataset(OWNER, evaluation)
    prefer(evaluation, "tuned", 60)  # which pairs come first hangs on the evaluation's random id
    preferring = [one for one in votes(OWNER, evaluation.id) if one.preferred in (Preferred.LEFT, Preferred.RIGHT)]
    made = work_off(start_preference_dataset(OWNER, evaluation))
    rows = [row for split in load_from_disk(made["path"]).values() for row in split]
    assert len(rows) == len(preferring) > 20
    assert json.loads(rows[0]["messages"])[0]["content"].startswith("question ")
    told_apart = [row for row in rows if int(row["rejected"].split()[0]) < 27]
    assert len(told_apart) > 15
    assert all("of tuned:" in row["chosen"] and "of tuned:" not in row["rejected"] for row in told_apart)


def test_every_press_makes_a_dataset_of_its_own_however_long_the_evaluations_name(evaluation):
    prefer(evaluation, "tuned", 40)
    first = start_preference_dataset(OWNER, evaluation)
    assert first.name == "shop scores 5 votes"
    work_off(first)
    assert start_preference_dataset(OWNER, evaluation).name == "shop scores 5 votes-2"  # still in the queue
    assert start_preference_dataset(OWNER, evaluation).name == "shop scores 5 votes-3"
    evaluation.name = "long " * 16
    assert start_preference_dataset(OWNER, evaluation).name.endswith("long votes")


def test_a_preference_pair_asks_the_whole_conversation(evaluation):
    asked = [
        {"role": "system", "content": "You are brief."},
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": "Yes?"},
    ]
    tools = [{"type": "function", "function": {"name": "weigh", "parameters": {"type": "object", "properties": {}}}}]
    file = Path(evaluation.output_dir, "predictions.json")
    rows = json.loads(file.read_text())
    for row in rows:
        row |= {"messages": [*asked, {"role": "user", "content": row["instruction"]}], "tools": tools}
    file.write_text(json.dumps(rows))
    prefer(evaluation, "tuned", 40)
    made = work_off(start_preference_dataset(OWNER, evaluation))
    rows = [row for split in load_from_disk(made["path"]).values() for row in split]
    assert len(rows) > 20
    for row in rows:
        [*before, last] = json.loads(row["messages"])
        assert before == asked and last["content"].startswith("question ") and json.loads(row["tools"]) == tools
