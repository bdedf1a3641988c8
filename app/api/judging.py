"""`/api/judging`: what a judge would be asked, a person's own ratings, and how far the two agree."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.actor import CurrentActor
from app.api.job_requests import JudgeRequest
from app.api.references import JobId
from app.evaluation.judging import ratings as use
from app.evaluation.judging.agreement import trust_of, verdicts_of
from app.evaluation.judging.start_judging import evaluation_of, preview_judging
from app.jobs.queries import job
from app.jobs.results import read_result
from core.errors import ConflictError, InputError, NotFoundError
from core.serving.bounded_route import BoundedRoute
from core.specs import JobKind, JobState
from core.specs.results.judge import JudgeResult
from core.values import NAMES_AND_NUMBERS
from storage.actors import Actor
from storage.rows import Job

router = APIRouter(prefix="/api/judging", tags=["judging"], route_class=BoundedRoute)


class PreviewView(BaseModel):
    """What the judge would be asked about one example, word for word, and what the whole judging takes."""

    model_config = ConfigDict(from_attributes=True)

    prompts: list[str]
    calls: int
    tokens: int
    examples: int
    alike: int


class ToRateView(BaseModel):
    """An answer to rate; which model wrote it is not told. `number` names it for POST …/ratings."""

    number: int
    question: str
    reference: str
    answer: str


class Mark(BaseModel):
    """A person's mark of an answer."""

    model_config = ConfigDict(extra="forbid", **NAMES_AND_NUMBERS)

    number: int = Field(ge=0)
    mark: int = Field(ge=1)


class RatingsRequest(BaseModel):
    """A person's marks, stored all or none."""

    model_config = ConfigDict(extra="forbid", **NAMES_AND_NUMBERS)

    marks: list[Mark] = Field(max_length=use.MOST_RATED)


class AgreementView(BaseModel):
    """How far the judge agrees with the person, and what it says, which counts only if `trusted`."""

    trusted: bool
    sentence: str
    rated: int
    agreed: int
    kappa: dict | None
    tau: dict | None
    verdicts: list[str]


@router.post("/preview")
def preview(actor: CurrentActor, request: JudgeRequest, example: Annotated[int, Query(ge=0)] = 0) -> PreviewView:
    """The prompts of one example and the number of calls; nothing is sent to the judge."""
    values = {field: value for field, value in request.model_dump(exclude_unset=True).items() if value is not None}
    return PreviewView.model_validate(preview_judging(actor, example, **values))


@router.get("/{job_id}/to-rate")
def to_rate(
    actor: CurrentActor, job_id: JobId, limit: Annotated[int, Query(ge=1, le=use.MOST_RATED)] = 20
) -> list[ToRateView]:
    """Answers that the person has not marked yet, in random order, without the names of their models."""
    judging = _rubric(actor, job_id)
    marked = {(one.example, one.model) for one in use.given(actor, judging)}
    left = [(number, one) for number, one in enumerate(use.to_rate(actor, job_id)) if one[:2] not in marked]
    return [
        ToRateView(number=number, question=one.question, reference=one.reference, answer=one.answer)
        for number, one in left[:limit]
    ]


@router.post("/{job_id}/ratings")
def rate(actor: CurrentActor, job_id: JobId, request: RatingsRequest) -> dict:
    """Store the person's marks, all or none; a second one of the same answer replaces the first."""
    judging, offered = _rubric(actor, job_id), use.to_rate(actor, job_id)
    for one in request.marks:
        if one.number >= len(offered):
            raise NotFoundError(f"There is no answer number {one.number}.", "List them: GET …/to-rate")
        use.check_mark(judging, one.mark)
    for one in request.marks:
        use.rate(actor, judging, offered[one.number], one.mark)
    return {"rated": len(use.given(actor, judging))}


@router.get("/{job_id}/agreement")
def agreement(actor: CurrentActor, job_id: JobId) -> AgreementView:
    """How far a finished judging agrees with the person's marks, or a pairwise one with the blind votes."""
    judging = _judging(actor, job_id)
    if judging.state != JobState.SUCCEEDED:
        raise ConflictError(f"{judging.name} has not finished.", "Wait until it has.")
    trust = trust_of(actor, judging)
    names = {name: name for name in read_result(judging, JudgeResult).models}
    return AgreementView(
        trusted=trust.passes,
        sentence=trust.sentence,
        rated=trust.rated,
        agreed=trust.agreed,
        kappa=trust.kappa and trust.kappa.model_dump(),
        tau=trust.tau and trust.tau.model_dump(),
        verdicts=list(verdicts_of(judging, names)),
    )


def _judging(actor: Actor, job_id: str) -> Job:
    found = job(actor, job_id)
    if found.kind != JobKind.JUDGE:
        raise NotFoundError(f"{job_id} is not a judging.", "Start one: POST /api/jobs/judge")
    return found


def _rubric(actor: Actor, job_id: str) -> Job:
    found = _judging(actor, job_id)
    evaluation_of(actor, found)
    if use.spec_of(found).form != "rubric":
        raise InputError("A pairwise judge is held against the blind votes.", "Vote on the Evaluate page.")
    return found
