"""`/api/datasets`: datasets, their rows and versions, downloads, and uploads."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.requests import ClientDisconnect

from app.api.actor import CurrentActor
from app.api.artifacts import file_answer
from app.api.jobs import JobView
from app.api.references import DatasetReference, DatasetReferences
from app.data import datasets, versions
from app.data.uploads import Upload
from app.plumbing.inspection import ask
from app.training import reward_preview
from core.data.file_kinds import ExportFormat
from core.errors import InputError
from core.serving.bounded_route import BoundedRoute
from core.specs import PrepareSpec, Split, TrainSpec
from core.values import NAMES_AND_NUMBERS

router = APIRouter(prefix="/api/datasets", tags=["datasets"], route_class=BoundedRoute)

_PIECE_BYTES = 1 << 20
_STRICT = ConfigDict(extra="forbid", **NAMES_AND_NUMBERS)
_REVISED = (
    "changes", "mends", "cleaning", "train_ratio", "val_ratio", "test_ratio", "split_by", "stratify_by",
    "keep_together", "seed", "min_words", "max_words", "max_tokens", "dedupe", "near_threshold",
)  # fmt: skip
ReviseRequest = create_model(
    "ReviseRequest",
    __config__=_STRICT,
    **{name: (PrepareSpec.model_fields[name].annotation, PrepareSpec.model_fields[name]) for name in _REVISED},
    compare_with=(DatasetReferences | None, None),
)
"""Manual changes, automatic fixes (mends) and settings; fields left out keep the dataset's values."""


RewardsRequest = create_model(
    "RewardsRequest",
    __config__=_STRICT,
    **{
        name: (TrainSpec.model_fields[name].annotation, TrainSpec.model_fields[name])
        for name in reward_preview.FIELDS
        if name != "judge_api_key_env"  # which environment variable holds a key is the server's to say
    },
    questions=(Annotated[int, Field(ge=1, le=50)], 6),
    ask_judge=(bool, False),
)
"""The rewards of a GRPO run, as in a training; the judge is sent answers only if it is to be asked."""


class RestoreRequest(BaseModel):
    """The version to restore."""

    model_config = _STRICT

    version: int


class RowFilters(BaseModel):
    """Filters on rows; `rows` are the ids listed in findings."""

    tag: str | None = None
    topic: str | None = None
    source: str | None = None
    label: str | None = None
    rows: list[int] | None = None
    min_length: int | None = None
    max_length: int | None = None


class TableQuery(RowFilters):
    """Which rows to return, in which order."""

    model_config = _STRICT

    split: Split | None = None
    search: Annotated[str, Query(max_length=500)] = ""
    sort: str | None = None
    descending: bool = False
    offset: Annotated[int, Query(ge=0)] = 0
    limit: Annotated[int, Query(ge=1, le=500)] = 50


@router.get("")
def list_datasets(actor: CurrentActor) -> list[dict]:
    """Every version of every dataset, newest first."""
    return list(map(_plain, datasets.datasets(actor)))


@router.post("/uploads", status_code=201)
async def upload(request: Request, filename: Annotated[str, Query(max_length=255)]) -> dict:
    """Upload a file as the raw body; pass the returned `id` to `/api/jobs/prepare`."""
    announced = request.headers.get("content-length", "0")
    try:
        with Upload(filename, int(announced)) as arriving:
            waiting = bytearray()
            async for piece in request.stream():
                waiting += piece
                if len(waiting) >= _PIECE_BYTES:
                    await asyncio.to_thread(arriving.take, bytes(waiting))
                    waiting.clear()
            await asyncio.to_thread(arriving.take, bytes(waiting))
            return await asyncio.to_thread(arriving.keep)
    except ClientDisconnect:
        raise InputError("The upload was interrupted. Nothing was kept.", "Upload the file again.") from None


@router.get("/{dataset}")
def get_dataset(actor: CurrentActor, dataset: DatasetReference) -> dict:
    """One dataset, with its report: by id, by name (its newest version), or as `name@2`."""
    return _plain(datasets.dataset(actor, dataset))


@router.delete("/{dataset}", status_code=204)
def delete_dataset(actor: CurrentActor, dataset: DatasetReference) -> Response:
    """Delete one version for good. Rejected while a job needs it."""
    versions.delete_dataset(actor, dataset)
    return Response(status_code=204)


@router.get("/{dataset}/examples")
def examples(
    actor: CurrentActor,
    dataset: DatasetReference,
    split: Split = Split.TRAIN,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
) -> list[dict]:
    """Examples of a split."""
    return datasets.preview(actor, dataset, split, offset, limit)


@router.get("/{dataset}/table")
def table(actor: CurrentActor, dataset: DatasetReference, query: Annotated[TableQuery, Query()]) -> dict:
    """A page of rows, searched, filtered and sorted: `rows`, `total` and `columns`."""
    asked = query.model_dump(exclude_none=True)
    filters = {name: asked.pop(name) for name in RowFilters.model_fields if name in asked}
    return ask("table_page", folder=datasets.find_dataset(actor, dataset), filters=filters, **asked)


@router.post("/{dataset}/rewards")
def rewards(actor: CurrentActor, dataset: DatasetReference, request: RewardsRequest) -> list[dict]:
    """What rewards give to the dataset's own answers and to wrong ones, before a run learns from them."""
    given = request.model_dump(exclude_unset=True, exclude_none=True)
    shown = {"ask_judge": given.pop("ask_judge", False), "questions": given.pop("questions", 6)}
    return reward_preview.preview_rewards(datasets.find_dataset(actor, dataset), given, **shown)


@router.get("/{dataset}/versions")
def list_versions(actor: CurrentActor, dataset: DatasetReference) -> list[dict]:
    """All versions, by number."""
    return list(map(_plain, versions.versions(actor, dataset)))


def _plain(dataset: dict) -> dict:
    """With the report as data_report.json holds it."""
    return dataset | {"report": dataset["report"].stored()}


@router.post("/{dataset}/revise", status_code=201)
def revise(actor: CurrentActor, dataset: DatasetReference, request: ReviseRequest) -> JobView:
    """Make a new version with manual changes, automatic fixes, or other cleaning and splits."""
    return JobView.model_validate(versions.revise(actor, dataset, **request.model_dump(exclude_unset=True)))


@router.post("/{dataset}/restore", status_code=201)
def restore(actor: CurrentActor, dataset: DatasetReference, request: RestoreRequest) -> JobView:
    """Make a new version equal to an earlier one."""
    return JobView.model_validate(versions.restore(actor, dataset, request.version))


@router.get("/{dataset}/compare")
def compare(actor: CurrentActor, dataset: DatasetReference, to: DatasetReference) -> dict:
    """What was added, dropped, changed and moved between this and another version."""
    return versions.compare(actor, dataset, to)


@router.api_route("/{dataset}/export", methods=["GET", "HEAD"], response_class=FileResponse)
def export(actor: CurrentActor, dataset: DatasetReference, format: ExportFormat, request: Request) -> FileResponse:
    """The dataset as a file. The CSV is safe for spreadsheets: formula-like cells start with an apostrophe."""
    path = versions.export_dataset(actor, dataset, format)
    return file_answer(request, path, path.name)
