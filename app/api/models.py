"""`/api/models`: what there is to train, score, export and talk to."""

from fastapi import APIRouter

from app import models

router = APIRouter(prefix="/api/models", tags=["models"])


@router.get("")
def list_models() -> list[dict]:
    """The starter model, then what was trained and exported, newest first."""
    return models.models()


@router.get("/{model_id}")
def get_model(model_id: str) -> dict:
    """One of them."""
    return models.model(model_id)
