"""The examples behind an evaluation's scores: which to show, in which order, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from app.evaluation.answers import answers_of
from app.evaluation.remarks import remarks_by_place
from app.evaluation.tally import Tally
from app.jobs.queries import job
from app.jobs.results import EvaluateResult, read_result
from core.errors import ConflictError, InputError, NotFoundError
from core.evaluation.browsing.index import AnswerIndex
from core.specs import JobKind, JobState
from core.specs.kinds import Length, Order, Outcome
from core.specs.results.evaluate import Prediction
from core.specs.results.metrics import METRICS, metric
from storage.actors import Actor
from storage.rows import Job, Remark

LONGEST_SEARCH = 500


@dataclass(frozen=True)
class View:
    """Which examples are asked for: everything left out lets all pass. Names are as the evaluation has them."""

    split: str = ""
    """The first of the evaluation by default."""
    model: str = ""
    """Whose answers the order and the outcome are about; by default the first that is compared with the reference."""
    against: str = ""
    """What gain and loss are counted from; by default the reference."""
    metric: str = ""
    """By default the one that says most."""
    order: Order = Order.DATASET
    seed: int = 0
    """Another number is another random order."""
    search: str = ""
    topic: str = ""
    source: str = ""
    tag: str = ""
    """Of the dataset, or given by a person."""
    length: Length | None = None
    outcome: Outcome | None = None
    """What became of the model's answer."""
    disagree: bool = False
    """Only where one model's answer is right or close, and another's is missed."""
    remarked: bool = False
    """Only those with a comment or a tag of a person's."""


class Shown(NamedTuple):
    """One example, its place in predictions.json, and what a person has said about it."""

    place: int
    row: Prediction
    remark: Remark | None


class Found(NamedTuple):
    """The examples that pass, in order, and what they were asked of."""

    places: np.ndarray
    tally: Tally
    answers: AnswerIndex
    view: View
    """With its defaults filled in."""
    remarks: dict[int, Remark]

    def page(self, offset: int, limit: int) -> list[Shown]:
        """A page of them. Raises NotFoundError where the file has become unreadable meanwhile."""
        places = self.places[offset : offset + limit].tolist()
        try:
            rows = self.answers.rows(places)
        except (OSError, ValueError):
            raise _gone() from None
        return [Shown(place, row, self.remarks.get(place)) for place, row in zip(places, rows, strict=True)]

    @property
    def metrics(self) -> list[str]:
        """The metrics that answers of the model can be sorted by, those that say most first."""
        has = set(self.answers.metrics(self.view.model))
        return [name for name in dict.fromkeys((*self.tally.result.telling, *METRICS)) if name in has]

    @property
    def tags(self) -> list[str]:
        """Of the dataset and of the person's."""
        return sorted({*self.answers.tags, *(tag for remark in self.remarks.values() for tag in remark.tags)})


def finished_evaluation(actor: Actor, job_id: str) -> Job:
    """The evaluation of this id. Raises NotFoundError, and ConflictError for one that has no scores."""
    found = job(actor, job_id)
    if found.kind != JobKind.EVALUATE:
        raise NotFoundError(f"{job_id} is no evaluation.", "List them: python -m app jobs list")
    if found.state != JobState.SUCCEEDED:
        raise ConflictError(f"The evaluation {found.name} is {found.state}: it has no answers.", "Wait until it ends.")
    return found


def find_examples(actor: Actor, evaluation: Job, view: View) -> Found:
    """The examples of an evaluation that a view asks for.

    Raises InputError for a name that the evaluation does not have, NotFoundError without answers, and what `answers_of`
    raises.
    """
    result, answers = read_result(evaluation, EvaluateResult), answers_of(evaluation)
    if answers is None:
        raise _gone()
    _known("split", view.split, result.splits)
    result = result.of_split(view.split or result.split)
    models = list(result.scorecards)
    _known("model", view.model, models)
    _known("model", view.against, models)
    tally = Tally(result, answers, view.model or None)
    found = Found(tally.places, tally, answers, _filled(view, tally), remarks_by_place(actor, evaluation.id))
    _known("metric", view.metric, found.metrics)
    by_default = tally.measure if tally.measure in found.metrics else next(iter(found.metrics), "")
    found = found._replace(view=replace(found.view, metric=view.metric or by_default))
    _known("topic", view.topic, answers.values("topic"))
    _known("source", view.source, answers.values("source"))
    passed = tally.places[_passed(found)]
    return found._replace(places=passed[_order(found, passed)])


def _known(what: str, name: str, names: Sequence[str]) -> None:
    if name and name not in names:
        shown = ", ".join([*filter(None, names)][:20]) or "none"
        raise InputError(f"The evaluation has no {what} {name[:80]!r}.", f"Choose one of: {shown}.")


def _filled(view: View, tally: Tally) -> View:
    """With the split and the models that are meant where none are named."""
    others = [name for name in (tally.result.reference, *tally.cards) if name != tally.role]
    return replace(
        view, split=tally.result.split, model=tally.role, against=view.against or next(iter(others), tally.role)
    )


def _passed(found: Found) -> np.ndarray:
    """Which of the split's places pass every filter."""
    places, tally, answers, view, remarks = found
    passed = np.ones(len(places), bool)
    for name in ("topic", "source"):
        if value := getattr(view, name):
            passed &= answers.having(name, value)[places]
    if view.tag:
        given = [place for place, remark in remarks.items() if view.tag in remark.tags]
        passed &= answers.tagged(view.tag)[places] | np.isin(places, given)
    if view.remarked:
        passed &= np.isin(places, list(remarks))
    if view.length:
        passed &= thirds(answers.words("reference")[places]) == list(Length).index(view.length)
    if view.outcome or view.disagree:
        passed &= _of_outcome(tally, view)
    if search := view.search.strip():
        if len(search) > LONGEST_SEARCH:
            raise InputError(
                f"A text of {len(search):,} characters is too long to search for.", "Search for a part of it."
            )
        passed &= answers.containing(search)[places]
    return passed


def _of_outcome(tally: Tally, view: View) -> np.ndarray:
    if not tally.has_answers:
        raise InputError(
            f"{view.model} gave no answers that could be right or missed: plain text asks nothing.",
            "Filter by something else than outcome and disagreement.",
        )
    passed, missed = np.ones(len(tally.places), bool), list(Outcome).index(Outcome.MISSED)
    if view.outcome:
        passed &= tally.outcomes(view.model) == list(Outcome).index(view.outcome)
    if view.disagree:
        all_of_them = np.stack([tally.outcomes(model) for model in tally.cards])
        passed &= (all_of_them > missed).any(axis=0) & (all_of_them == missed).any(axis=0)
    return passed


def thirds(words: np.ndarray) -> np.ndarray:
    """0, 1 or 2 for each number of words: the shortest third, the middle one, the longest."""
    return np.searchsorted(np.quantile(words, [1 / 3, 2 / 3]), words) if len(words) else np.zeros(0, int)


def _order(found: Found, passed: np.ndarray) -> np.ndarray:
    """The order of the places that passed."""
    view = found.view
    if view.order == Order.DATASET:
        return np.arange(len(passed))
    if view.order == Order.RANDOM:
        return np.random.default_rng(view.seed).permutation(len(passed))
    if not view.metric:
        return np.arange(len(passed))
    keys = [_key(found, passed, name) for name in dict.fromkeys((view.metric, *found.tally.result.telling))]
    applies = ~np.isnan(keys[0])
    return np.lexsort((*[np.nan_to_num(key) for key in reversed(keys)], ~applies))


def _key(found: Found, places: np.ndarray, name: str) -> np.ndarray:
    """What is sorted by, least first; not a number where the metric does not apply."""
    view, answers = found.view, found.answers
    key = answers.scores(view.model, name)[places]
    if view.order in (Order.GAIN, Order.LOSS):
        key = key - answers.scores(view.against, name)[places]
    better = metric(name).better or 1
    return key * (-better if view.order in (Order.BEST, Order.GAIN) else better)


def _gone() -> NotFoundError:
    return NotFoundError(
        "The answers are gone: the evaluation's predictions.json is missing or cannot be read.", "Evaluate again."
    )
