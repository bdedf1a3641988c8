"""`/api/trash`: what has been deleted and can still be restored."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from app.api.actor import CurrentActor
from app.api.references import JobId
from app.disk.trash import deleted, undo
from core.serving.bounded_route import BoundedRoute
from core.specs.keeping import ThingKind

router = APIRouter(prefix="/api/trash", tags=["trash"], route_class=BoundedRoute)


class TrashView(BaseModel):
    """Something deleted. Its bytes are freed a day later, or when the trash is emptied under Settings."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: ThingKind
    name: str
    size_bytes: int
    deleted_at: datetime


@router.get("")
def list_trash(actor: CurrentActor) -> list[TrashView]:
    """What can be restored, newest first."""
    return [TrashView.model_validate(entry) for entry in deleted(actor)]


@router.post("/{trash_id}/restore")
def restore(actor: CurrentActor, trash_id: JobId) -> TrashView:
    """Restore something deleted; refused if its place has been taken since."""
    return TrashView.model_validate(undo(actor, trash_id))
