"""Blind A/B: which pairs of hidden answers to ask about, a person's votes, what they say, a dataset made of them."""

import json
import random
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np

from app.data.start_preparing import start_preparing
from app.data.uploads import store_upload
from app.evaluation.answers import answers_of
from app.jobs.enqueue import rivals
from app.jobs.queries import job
from app.jobs.results import EvaluateResult, read_result
from app.plumbing.places import next_name
from app.plumbing.studio import store
from core.errors import InputError
from core.evaluation.browsing.index import NO_ANSWER, AnswerIndex
from core.evaluation.metrics.words import without_reasoning
from core.evaluation.statistics.bradley_terry import Strength, strengths
from core.evaluation.statistics.bradley_terry import Vote as Outcome
from core.specs import JobKind
from core.specs.kinds import Preferred
from core.specs.results.evaluate import Prediction
from core.specs.results.forgetting import GENERAL_SPLIT
from storage.actors import Actor
from storage.rows import Job, Vote
from storage.votes import cast_vote, take_vote_back, votes_on

_MOST_PAIRS = 2_000
"""More than a person will judge."""
_LONGEST_BEGINNING = 60
"""What a dataset's name keeps of the evaluation's, so that `votes` and a number fit."""
_SHARES = {Preferred.LEFT: 1.0, Preferred.RIGHT: 0.0}


class Pair(NamedTuple):
    """Two models' answers to one question. The names of the models are not to be shown."""

    example: int
    left: str
    right: str
    question: str
    reference: str
    answers: tuple[str, str]
    prompt: dict[str, list[dict]]
    """The columns of a preference pair that ask the question: `messages`, and `tools` where there are any."""


class Asked(NamedTuple):
    """The pairs of an evaluation in the order in which they are asked about."""

    pairs: tuple[Pair, ...]
    alike: int
    """Pairs of the same answer, word for word: nothing can be said of them."""
    why_none: str
    """Why there are no pairs; empty if there are."""


class Ranking(NamedTuple):
    """What the votes say: the models' strengths above the first one, or why that is not known yet."""

    strengths: dict[str, Strength]
    votes: int
    ties: int
    both_bad: int
    unknown: str

    def verdict(self, model: str, labels: Mapping[str, str]) -> str:
        """How a model fares beside the first one, in words; `labels` are what models are called, by name."""
        reference, found = next(iter(self.strengths)), self.strengths[model]
        if model == reference:
            return "the others are compared with it"
        called = labels[reference]
        if found.low > 0:
            return f"preferred to {called}"
        return f"{called} is preferred to it" if found.high < 0 else f"not told apart from {called}"


def asked_pairs(actor: Actor, evaluation_id: str) -> Asked:
    """Every two models' answers to every example, in random order and on random sides, the same at every call."""
    return _asked(job(actor, evaluation_id).id, actor)


@lru_cache(maxsize=8)  # a finished evaluation does not change
def _asked(evaluation_id: str, actor: Actor) -> Asked:
    evaluation = job(actor, evaluation_id)
    models = list(read_result(evaluation, EvaluateResult).scorecards)
    rows = answers_of(evaluation)
    sides = list(combinations(models, 2))
    both, differ = _compared(rows, sides) if rows else (0, np.zeros(0, int))
    chance = random.Random(evaluation_id)
    order = list(range(len(differ)))
    chance.shuffle(order)
    chosen = [divmod(int(differ[at]), len(sides)) for at in order[:_MOST_PAIRS]]
    pairs = []
    for (place, pair), row in zip(chosen, rows.rows(place for place, _ in chosen) if rows else (), strict=True):
        pairs.append(pair_in(row, place, *chance.sample(sides[pair], 2)))
    return Asked(tuple(pairs), both - len(differ), "" if pairs else _why_none(rows, both))


def pair_in(row: Prediction, place: int, left: str, right: str) -> Pair:
    """Two models' answers to the example at `place`, on these sides."""
    answers = (_said(row, left), _said(row, right))
    return Pair(place, left, right, _question(row), without_reasoning(row.reference), answers, _prompt(row))


def _compared(rows: AnswerIndex, sides: list[tuple[str, str]]) -> tuple[int, np.ndarray]:
    """How many pairs of answers there are, and those that differ: numbers that count the `sides` of each row."""
    answers = {model: rows.answers(model) for pair in sides for model in pair}
    asked = ~rows.having("split", GENERAL_SPLIT)  # nobody prefers one way of saying 42
    both = [asked & (answers[one] != NO_ANSWER) & (answers[other] != NO_ANSWER) for one, other in sides]
    differ = [pair & (answers[one] != answers[other]) for pair, (one, other) in zip(both, sides, strict=True)] or [
        np.zeros(0, bool)
    ]
    return int(np.sum(both)), np.flatnonzero(np.stack(differ, axis=1))


def _why_none(rows: AnswerIndex | None, compared: int) -> str:
    if not (rows and rows.count):
        return "The answers are gone: the evaluation's predictions.json is missing or cannot be read."
    if not rows.models:
        return "The examples are plain text, which asks nothing: there are no answers."
    if not compared:
        return "Only one model answered: there is nothing to choose from."
    return "All models gave the same answers, word for word: there is nothing to choose from."


def _said(row: Prediction, model: str) -> str:
    return without_reasoning(row.predictions[model]).strip()


def _question(row) -> str:
    return "\n\n".join(part for part in (row.instruction, row.input) if part)


def _prompt(row) -> dict[str, list[dict]]:
    question = "\n".join(part for part in (row.instruction, row.input) if part)
    asked = row.messages or [{"role": "user", "content": question}]
    return {"messages": asked, **({"tools": row.tools} if row.tools else {})}


def votes(actor: Actor, evaluation_id: str, criteria: str = "") -> list[Vote]:
    """The person's votes on this evaluation by these criteria (`JudgeSpec.own_criteria`), oldest first."""
    return votes_on(store(), actor, evaluation_id, criteria)


def next_pair(asked: Asked, cast: Sequence[Vote]) -> Pair | None:
    """The first pair without a vote; None once all have one."""
    known = {(vote.example, vote.left, vote.right) for vote in cast}
    return next((pair for pair in asked.pairs if pair[:3] not in known), None)


def vote(actor: Actor, evaluation_id: str, pair: Pair, preferred: Preferred, criteria: str = "") -> None:
    """Store the person's verdict on a pair. Raises NotFoundError for an evaluation that is gone."""
    cast_vote(store(), actor, evaluation_id, *pair[:3], preferred, criteria)


def take_back(actor: Actor, cast: Sequence[Vote]) -> None:
    """Undo the newest vote: its pair is asked about again."""
    take_vote_back(store(), actor, cast[-1].id)


def ranking(evaluation: Job, cast: Sequence[Vote]) -> Ranking:
    """The Bradley–Terry strengths of the models that were voted on; the evaluation's reference comes first."""
    result = read_result(evaluation, EvaluateResult)
    seen = {name for one in cast for name in (one.left, one.right)}
    models = [name for name in dict.fromkeys((result.reference, *result.scorecards)) if name in seen]
    outcomes = [Outcome(one.left, one.right, _SHARES.get(one.preferred, 0.5)) for one in cast]
    try:
        found, unknown = strengths(models, outcomes) if models else {}, "" if models else "Nothing was voted on yet."
    except ValueError:
        found, unknown = {}, "Not every model has been compared with the others yet: vote on more pairs."
    counts = [sum(one.preferred == which for one in cast) for which in (Preferred.TIE, Preferred.BOTH_BAD)]
    return Ranking(found, len(cast), *counts, unknown)


def start_preference_dataset(actor: Actor, evaluation: Job, criteria: str = "") -> Job:
    """Prepare a dataset of chosen and rejected answers, for DPO, ORPO, KTO or SimPO, from the votes that prefer one.

    The prompts are the conversations that the models were asked, but one text each in evaluations of before they were
    kept. Each call makes another dataset, named after the evaluation and numbered.
    Raises InputError where no vote prefers an answer.
    """
    answers, rows = answers_of(evaluation), []
    cast = [one for one in votes(actor, evaluation.id, criteria) if one.preferred in _SHARES]
    cast = [one for one in cast if answers and one.example < answers.count]
    for one, row in zip(cast, answers.rows(one.example for one in cast) if cast else (), strict=True):
        if {one.left, one.right} <= row.predictions.keys():
            pair = pair_in(row, one.example, one.left, one.right)
            chosen, rejected = pair.answers if one.preferred == Preferred.LEFT else pair.answers[::-1]
            rows.append(pair.prompt | {"chosen": chosen, "rejected": rejected})
    if not rows:
        raise InputError("No vote prefers one answer to another yet.", "Vote on some pairs first.")
    lines = (json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
    name = f"{evaluation.name[:_LONGEST_BEGINNING].strip()} votes"
    free = next_name(JobKind.PREPARE, name, {other.name for other in rivals(JobKind.PREPARE)})
    upload = store_upload(f"{name}.jsonl", lines)
    return start_preparing(actor, upload=upload["id"], name=free, min_words=1)
