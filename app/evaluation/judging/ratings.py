"""A person's own marks of answers: which to rate next, whose they are hidden; and pairs, which blind votes rate."""

import random
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from app.evaluation.blind_votes import Pair, asked_pairs, pair_in
from app.evaluation.judging.answers import judged_rows
from app.evaluation.judging.start_judging import evaluation_of
from app.jobs.queries import job
from app.jobs.results import EvaluateResult, read_result
from app.plumbing.studio import store
from core.errors import InputError, NotFoundError
from core.evaluation.judging.questions import judged_in, question_text, said_by
from core.specs import JobKind, JudgeSpec, parse_spec
from core.specs.results.evaluate import Prediction
from storage.actors import Actor
from storage.ratings import ratings_of, store_rating, take_rating_back
from storage.rows import Job, Rating

MOST_RATED = 200
"""Answers offered for rating: more than a person will read."""
_MOST_PAIRS = 2_000
"""The same of pairs, as in the blind comparison."""


class ToRate(NamedTuple):
    """An answer to rate. The name of its model is not to be shown."""

    example: int
    model: str
    question: str
    reference: str
    answer: str


def spec_of(judging: Job) -> JudgeSpec:
    """What the judge was asked."""
    return parse_spec(JobKind.JUDGE, judging.spec)


def to_rate(actor: Actor, judging_id: str) -> tuple[ToRate, ...]:
    """The answers that the judge marks, in random order, those to different questions first: the same at every call.

    Raises NotFoundError where the evaluation or its answers are gone.
    """
    judging = job(actor, judging_id)
    return _to_rate(actor, evaluation_of(actor, judging).id, judging.id)


@lru_cache(maxsize=8)  # neither the spec of a judging nor the answers of a finished evaluation change
def _to_rate(actor: Actor, evaluation_id: str, judging_id: str) -> tuple[ToRate, ...]:
    evaluation, spec = job(actor, evaluation_id), spec_of(job(actor, judging_id))
    rows = _rows(evaluation, spec)
    marked = spec.model_copy(update={"form": "rubric"})
    judged, _ = judged_in(marked, rows, list(read_result(evaluation, EvaluateResult).scorecards))
    by_text = {(place, said_by(rows[place], model)): (place, model) for place, (model,) in judged}
    chosen = sorted(by_text.values())
    random.Random(f"{evaluation_id} {spec.rubric}").shuffle(chosen)
    seen, rounds = Counter(), []
    for place, _ in chosen:  # a further answer to a question comes in a later round
        rounds.append(seen[place])
        seen[place] += 1
    ordered = [one for _, one in sorted(zip(rounds, chosen, strict=True), key=itemgetter(0))][:MOST_RATED]
    return tuple(_shown(place, model, rows[place]) for place, model in ordered)


def _shown(example: int, model: str, row) -> ToRate:
    return ToRate(example, model, question_text(row), row.reference, said_by(row, model))


def given(actor: Actor, judging: Job) -> list[Rating]:
    """The person's marks by the rubric of this judging, oldest first: those made for another judge count too."""
    return ratings_of(store(), actor, evaluation_of(actor, judging).id, spec_of(judging).rubric)


def next_to_rate(offered: Sequence[ToRate], marked: Sequence[Rating]) -> ToRate | None:
    """The first answer without a mark; None once all have one."""
    known = {(one.example, one.model) for one in marked}
    return next((one for one in offered if one[:2] not in known), None)


def check_mark(judging: Job, mark: int) -> None:
    """Raise InputError for a mark that the scale lacks."""
    marks = len(spec_of(judging).scale)
    if not 1 <= mark <= marks:
        raise InputError(f"{mark} is no mark of this scale.", f"Give one from 1 to {marks}.")


def rate(actor: Actor, judging: Job, rated: ToRate, mark: int) -> None:
    """Store the person's mark of an answer. Raises InputError for a mark that the scale lacks, NotFoundError."""
    check_mark(judging, mark)
    spec = spec_of(judging)
    place = evaluation_of(actor, judging).id, spec.rubric, rated.example, rated.model
    store_rating(store(), actor, *place, mark)


def take_back(actor: Actor, marked: Sequence[Rating]) -> None:
    """Undo the newest mark: its answer is offered again."""
    take_rating_back(store(), actor, marked[-1].id)


def pairs_to_vote_on(actor: Actor, judging: Job) -> tuple[Pair, ...]:
    """Pairs that the judge compares, in random order, the same at every call; on the sides of the blind comparison.

    Raises NotFoundError where the evaluation or its answers are gone.
    """
    return _pairs(actor, evaluation_of(actor, judging).id, judging.id)


@lru_cache(maxsize=8)  # as above
def _pairs(actor: Actor, evaluation_id: str, judging_id: str) -> tuple[Pair, ...]:
    evaluation, spec = job(actor, evaluation_id), spec_of(job(actor, judging_id))
    rows = _rows(evaluation, spec)
    judged, _ = judged_in(spec, rows, list(read_result(evaluation, EvaluateResult).scorecards))
    chance = random.Random(f"{evaluation_id} {spec.rubric}")
    chance.shuffle(judged)
    known = {(pair.example, frozenset(pair[1:3])): pair for pair in asked_pairs(actor, evaluation_id).pairs}
    return tuple(
        known.get((place, frozenset(models))) or pair_in(rows[place], place, *_sides(evaluation_id, place, models))
        for place, models in judged[:_MOST_PAIRS]
    )


def _sides(evaluation_id: str, place: int, models: tuple[str, ...]) -> list[str]:
    """At random, the same for every judge: a vote counts for each of them."""
    return random.Random(f"{evaluation_id} {place} {models}").sample(models, 2)


def _rows(evaluation: Job, spec: JudgeSpec) -> dict[int, Prediction]:
    if rows := judged_rows(evaluation, spec.limit):
        return rows
    raise NotFoundError("The answers of this evaluation are gone.", "Evaluate again.")
