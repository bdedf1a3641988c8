"""A person's own marks of answers: which to rate next, whose they are hidden; and pairs, which blind votes rate."""

import random
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from app.evaluation.blind_votes import Pair, asked_pairs
from app.evaluation.judging.answers import judged_rows
from app.evaluation.judging.start_judging import evaluation_of
from app.jobs.queries import job
from app.jobs.results import EvaluateResult, read_result
from app.plumbing.studio import store
from core.errors import InputError, NotFoundError
from core.evaluation.judging.questions import plan_of, question_text, said_by
from core.specs import JobKind, JudgeSpec, parse_spec
from storage.actors import Actor
from storage.ratings import ratings_of, store_rating, take_rating_back
from storage.rows import Job, Rating

MOST_RATED = 200
"""Answers offered for rating: more than a person will read."""


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
    result, rows = read_result(evaluation, EvaluateResult), judged_rows(evaluation, spec.limit)
    if not rows:
        raise NotFoundError("The answers of this evaluation are gone.", "Evaluate again.")
    plan = plan_of(spec.model_copy(update={"form": "rubric"}), rows, list(result.scorecards))
    by_text = {(ask.example, said_by(rows[ask.example], ask.models[0])): ask for ask in plan.asks}
    chosen = sorted(by_text.values(), key=lambda ask: (ask.example, ask.models))
    random.Random(f"{evaluation_id} {spec.rubric}").shuffle(chosen)
    seen, rounds = Counter(), []
    for ask in chosen:  # a further answer to a question comes in a later round
        rounds.append(seen[ask.example])
        seen[ask.example] += 1
    ordered = [ask for _, ask in sorted(zip(rounds, chosen, strict=True), key=itemgetter(0))][:MOST_RATED]
    return tuple(_shown(ask.example, ask.models[0], rows[ask.example]) for ask in ordered)


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
    """The pairs of the blind comparison that the judge compares too. Raises NotFoundError."""
    evaluation, spec = evaluation_of(actor, judging), spec_of(judging)
    result, rows = read_result(evaluation, EvaluateResult), judged_rows(evaluation, spec.limit)
    plan = plan_of(spec, rows, list(result.scorecards))
    judged = {(ask.example, frozenset(ask.models)) for ask in plan.asks}
    pairs = asked_pairs(actor, evaluation.id).pairs
    return tuple(pair for pair in pairs if (pair.example, frozenset(pair[1:3])) in judged)
