"""`/api/deployments`: listing, starting and stopping deployments."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.actor import CurrentActor
from app.api.references import HubId, ModelReference
from app.serve import deployments
from core.serving.bounded_route import BoundedRoute
from core.specs.deployments import DeploymentState, DesiredState
from core.values import NAMES_AND_NUMBERS

router = APIRouter(prefix="/api/deployments", tags=["deployments"], route_class=BoundedRoute)


class DeployRequest(BaseModel):
    """What to serve, on loopback only; port 0 picks a free one. Other hosts need the command line or the page."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=(), **NAMES_AND_NUMBERS)

    model: ModelReference
    base_model: ModelReference | None = None
    reranker: HubId | None = None
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    name: str | None = None


class DeploymentView(BaseModel):
    """A deployment as REST shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    model: str
    base_model: str | None
    reranker: str | None
    desired_state: DesiredState
    state: DeploymentState
    address: str | None
    error_message: str | None
    error_remedy: str | None
    created_at: datetime
    ready_at: datetime | None


@router.get("")
def list_deployments(actor: CurrentActor) -> list[DeploymentView]:
    """Current and past deployments, newest first."""
    return [DeploymentView.model_validate(row) for row in deployments.deployments(actor)]


@router.post("", status_code=201)
def start(actor: CurrentActor, request: DeployRequest) -> DeploymentView:
    """Start a deployment."""
    return DeploymentView.model_validate(deployments.start_deployment(actor, **request.model_dump()).deployment)


@router.get("/{deployment_id}")
def get_deployment(actor: CurrentActor, deployment_id: str) -> DeploymentView:
    """One deployment."""
    return DeploymentView.model_validate(deployments.deployment(actor, deployment_id))


@router.post("/{deployment_id}/stop")
def stop(actor: CurrentActor, deployment_id: str) -> DeploymentView:
    """Stop a deployment."""
    return DeploymentView.model_validate(deployments.stop_deployment(actor, deployment_id))
