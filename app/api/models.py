"""`/api/models`: what there is to train, score, export and talk to."""

from fastapi import APIRouter

from app.api.actor import CurrentActor
from app.models.catalogue import catalogue
from app.models.model_list import model, models
from core.serving.bounded_route import BoundedRoute

router = APIRouter(prefix="/api/models", tags=["models"], route_class=BoundedRoute)


@router.get("")
def list_models(actor: CurrentActor) -> list[dict]:
    """The base models that are here, the default first; then what was trained and exported, newest first."""
    return models(actor)


@router.get("/catalogue")
def list_catalogue(actor: CurrentActor) -> list[dict]:
    """The base models known by name, and what this machine can do with each. `default` is taken where none is named."""
    return catalogue(actor)


@router.get("/{model_id}")
def get_model(actor: CurrentActor, model_id: str) -> dict:
    """One of them."""
    return model(actor, model_id)
