"""`/api/datasets`: the list, one of them, its examples, and uploads to make one of."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app import datasets
from app.api.references import DatasetReference
from core.jobs import Split

router = APIRouter(prefix="/api/datasets", tags=["datasets"])


@router.get("")
def list_datasets() -> list[dict]:
    """Every dataset, newest first."""
    return datasets.datasets()


@router.post("/uploads", status_code=201)
async def upload(request: Request, filename: Annotated[str, Query(max_length=255)]) -> dict:
    """Send a CSV, JSON or JSONL file as the plain body; the `id` in the answer goes to `/api/jobs/prepare`."""
    arriving = datasets.Upload(filename, datasets.UPLOAD_LIMIT_BYTES)
    with arriving.receive() as take:
        async for piece in request.stream():
            take(piece)
    return {"id": arriving.id, "bytes": arriving.bytes}


@router.get("/{dataset}")
def get_dataset(dataset: DatasetReference) -> dict:
    """One dataset, with its report."""
    return datasets.dataset(dataset)


@router.get("/{dataset}/examples")
def examples(
    dataset: DatasetReference,
    split: Split = Split.TRAIN,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
) -> list[dict]:
    """Some examples of a split."""
    return datasets.preview(dataset, split, offset, limit)
