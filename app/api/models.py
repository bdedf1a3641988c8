"""`/api/models`: what there is to train, score, export and talk to."""

from fastapi import APIRouter

from app import models
from core.serving.bounded_route import BoundedRoute

router = APIRouter(prefix="/api/models", tags=["models"], route_class=BoundedRoute)


@router.get("")
def list_models() -> list[dict]:
    """The base models that are here, the default first; then what was trained and exported, newest first."""
    return models.models()


@router.get("/catalogue")
def list_catalogue() -> list[dict]:
    """The base models known by name, and what this machine can do with each. `default` is taken where none is named."""
    return models.catalogue()


@router.get("/{model_id}")
def get_model(model_id: str) -> dict:
    """One of them."""
    return models.model(model_id)
