"""Starting an export to GGUF."""

from app.data.datasets import find_dataset
from app.jobs.enqueue import enqueue
from app.models.find_model import resolve_model
from core.specs import JobKind
from storage.actors import Actor
from storage.rows import Job


def start_exporting(actor: Actor, **values) -> Job:
    """Queue an export; `values` are fields of ExportSpec."""
    found = resolve_model(actor, values)
    if values.get("dataset"):
        values["dataset"] = find_dataset(actor, values["dataset"])
    return enqueue(actor, JobKind.EXPORT, values, base_name=found.label)
