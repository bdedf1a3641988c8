"""Starting a synthesis: a dataset written by a language model."""

from pathlib import Path

from app.data.datasets import find_dataset
from app.data.evaluation_sets import comparison_fields
from app.data.uploads import input_file, upload_path
from app.jobs.enqueue import enqueue
from app.models.find_model import find_model, model_or_default
from core.data.synthesis.allowed import checked_address, checked_key_name
from core.errors import InputError
from core.specs import JobKind, SynthesizeSpec
from core.specs.names import dataset_name
from storage.actors import Actor
from storage.rows import Job
from storage.settings import settings


def start_synthesizing(actor: Actor, **values) -> Job:
    """Queue a synthesis; `values` are fields of SynthesizeSpec, or `uploads`, ids of uploaded documents.

    With an endpoint, `model` is the name there. Evaluation sets are compared with as in `start_preparing`.
    """
    uploaded = [upload_path(upload) for upload in values.pop("uploads", ())]
    if documents := [*map(input_file, values.get("documents", ())), *uploaded]:
        values["documents"] = documents
    if values.get("dataset"):
        values["dataset"] = find_dataset(actor, values["dataset"])
    values |= comparison_fields(actor, values.get("compare_with"), values.get("dataset"))
    if values.get("endpoint") and not values.get("model"):
        raise InputError("No model was given.", "Name the model that the endpoint serves.")
    if values.get("endpoint"):
        checked_address(values["endpoint"], settings().synthesis_endpoints.split(","))
        checked_key_name(values.get("api_key_env") or SynthesizeSpec.model_fields["api_key_env"].default)
    else:
        values["model"] = find_model(actor, model_or_default(actor, values)).reference
    about = Path(values.get("dataset") or (documents or ["documents"])[0])
    return enqueue(actor, JobKind.SYNTHESIZE, values, base_name=f"{dataset_name(about.stem)}-written")
