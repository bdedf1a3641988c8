"""`/api/models`: the models to train, evaluate, export and chat with."""

from fastapi import APIRouter

from app.api.actor import CurrentActor
from app.models.catalogue import catalogue
from app.models.model_list import model, models
from core.serving.bounded_route import BoundedRoute

router = APIRouter(prefix="/api/models", tags=["models"], route_class=BoundedRoute)


@router.get("")
def list_models(actor: CurrentActor) -> list[dict]:
    """The available base models, the default first; then trained and exported models, newest first."""
    return models(actor)


@router.get("/catalogue")
def list_catalogue(actor: CurrentActor) -> list[dict]:
    """The catalogue of base models, and what this machine can do with each. `default` is used when none is named."""
    return catalogue(actor)


@router.get("/{model_id}")
def get_model(actor: CurrentActor, model_id: str) -> dict:
    """One model."""
    return model(actor, model_id)
