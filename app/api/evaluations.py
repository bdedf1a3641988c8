"""`/api/evaluations`: the examples behind an evaluation's scores, remarks on them, datasets made of them."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.actor import CurrentActor
from app.api.jobs import JobView
from app.api.references import JobId
from app.evaluation.browsing import LONGEST_SEARCH, Found, Shown, View, find_examples, finished_evaluation
from app.evaluation.dataset_of_examples import start_dataset_of
from app.evaluation.remarks import remark_on, remarks_by_place
from app.evaluation.word_differences import word_differences
from core.errors import InputError
from core.serving.bounded_route import BoundedRoute
from core.specs.kinds import Length, Order, Outcome
from core.values import NAMES_AND_NUMBERS

router = APIRouter(prefix="/api/evaluations", tags=["evaluations"], route_class=BoundedRoute)

_STRICT = ConfigDict(extra="forbid", **NAMES_AND_NUMBERS)
MOST_COMPARED = 20
"""Comparing takes up to 20 ms an answer."""
_Name = Annotated[str, Field(max_length=500)]
Place = Annotated[int, Path(ge=0, lt=2**53)]


class ExampleFilters(BaseModel):
    """Which examples, of which models' answers; everything left out lets all pass."""

    model_config = _STRICT

    split: _Name = ""
    model: _Name = ""
    against: _Name = ""
    metric: _Name = ""
    order: Order = Order.DATASET
    seed: int = Field(default=0, ge=0, lt=2**32)
    search: Annotated[str, Field(max_length=LONGEST_SEARCH)] = ""
    topic: _Name = ""
    source: _Name = ""
    tag: _Name = ""
    length: Length | None = None
    outcome: Outcome | None = None
    disagree: bool = False
    remarked: bool = False


class ExamplesQuery(ExampleFilters):
    """The same, a page at a time."""

    offset: int = Field(default=0, ge=0, lt=2**53)
    limit: int = Field(default=20, ge=1, le=200)
    differences: bool = False
    """Word by word, of each answer from the reference; a page then holds at most MOST_COMPARED."""


class DatasetRequest(ExampleFilters):
    """The examples that the dataset is to hold."""

    name: Annotated[str, Field(max_length=80)] = ""


class RemarkRequest(BaseModel):
    """What is said about an example; with neither, it is removed."""

    model_config = _STRICT

    comment: Annotated[str, Field(max_length=10_000)] = ""
    tags: Annotated[list[str], Field(max_length=100)] = []


class RemarkView(RemarkRequest):
    """A remark and its example."""

    model_config = ConfigDict(from_attributes=True)

    example: int


@router.get("/{job_id}/examples")
def examples(actor: CurrentActor, job_id: JobId, query: Annotated[ExamplesQuery, Query()]) -> dict:
    """A page of examples, filtered and sorted: `examples`, `total`, the `metrics` and `values` to choose from.

    An example's `place` counts from 0, as in predictions.json.
    """
    if query.differences and query.limit > MOST_COMPARED:
        raise InputError(
            f"With differences, a page holds at most {MOST_COMPARED} examples.", f"Ask for limit={MOST_COMPARED}."
        )
    found = find_examples(actor, finished_evaluation(actor, job_id), _view(query))
    shown = found.page(query.offset, query.limit)
    return {
        "total": len(found.places),
        "asked": asdict(found.view),
        "metrics": found.metrics,
        "values": {name: values[:200] for name, values in found.answers.slices.items()} | {"tag": found.tags[:200]},
        "examples": [_plain(found, one, query.differences) for one in shown],
    }


@router.get("/{job_id}/remarks")
def remarks(actor: CurrentActor, job_id: JobId) -> list[RemarkView]:
    """All remarks of yours on this evaluation's examples."""
    finished_evaluation(actor, job_id)
    return [RemarkView.model_validate(one) for one in remarks_by_place(actor, job_id).values()]


@router.put("/{job_id}/examples/{place}/remark")
def put_remark(actor: CurrentActor, job_id: JobId, place: Place, request: RemarkRequest) -> RemarkView | None:
    """Comment and tag an example, in place of what was said of it before; null if nothing is left."""
    kept = remark_on(actor, job_id, place, request.comment, request.tags)
    return kept and RemarkView.model_validate(kept)


@router.post("/{job_id}/dataset", status_code=201)
def dataset(actor: CurrentActor, job_id: JobId, request: DatasetRequest) -> JobView:
    """Prepare a dataset of the examples that pass. A model trained on them cannot be evaluated on them again."""
    evaluation = finished_evaluation(actor, job_id)
    found = find_examples(actor, evaluation, _view(request))
    return JobView.model_validate(start_dataset_of(actor, evaluation, found, request.name))


def _view(asked: ExampleFilters) -> View:
    return View(**{name: getattr(asked, name) for name in ExampleFilters.model_fields})


def _plain(found: Found, shown: Shown, differences: bool) -> dict:
    row, remark = shown.row, shown.remark
    plain = {"place": shown.place} | row.model_dump() | {
        "outcomes": {name: found.tally.how_good(row.scores.get(name, {})) for name in row.predictions},
        "remark": remark and {"comment": remark.comment, "tags": list(remark.tags)},
    }  # fmt: skip
    if differences:
        plain["differences"] = {
            name: [[part.kind, part.text] for part in word_differences(row.reference, answer).parts]
            for name, answer in row.predictions.items()
        }
    return plain
