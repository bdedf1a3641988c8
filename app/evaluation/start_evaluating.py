"""Starting an evaluation, or a benchmark of speed and memory."""

from importlib.util import find_spec
from pathlib import Path

from app.data.datasets import find_dataset
from app.data.uploads import input_file, upload_path
from app.evaluation.comparison import why_no_endpoint_on
from app.jobs.enqueue import enqueue
from app.models.find_model import find_model, resolve_model
from core.data.synthesis.allowed import checked_address, checked_key_name
from core.errors import InputError
from core.specs import JobKind
from core.specs.evaluate import ComparedModel
from core.specs.results.harness import HARNESS_VERSION
from storage.actors import Actor
from storage.rows import Job
from storage.settings import settings


def start_evaluating(actor: Actor, **values) -> Job:
    """Queue an evaluation; `values` are fields of EvaluateSpec, or `upload`, the id of an uploaded test file.

    Raises InputError for an endpoint that may not be asked or has nothing to answer, and what `find_model` raises.
    """
    if values.get("harness_tasks") and (why := why_no_harness()):
        raise InputError("lm-evaluation-harness is not installed here.", why)
    if "upload" in values:
        values["test_file"] = upload_path(values.pop("upload"))
    if values.get("test_file"):
        values["test_file"] = input_file(values["test_file"])
    if values.get("models"):
        values["models"] = [_checked(actor, one) for one in values["models"]]
        label = "comparison"
    else:
        label = f"{resolve_model(actor, values).label} scores"
    if values.get("embedding_model"):
        values["embedding_model"] = _folder_or_id(values["embedding_model"])
    if values.get("dataset") or not values.get("test_file"):
        values["dataset"] = find_dataset(actor, values.get("dataset"))
    endpoints = [one["name"] for one in values.get("models", ()) if one.get("endpoint")]
    if endpoints and not values.get("test_file") and (why := why_no_endpoint_on(values["dataset"])):
        raise InputError(why, f"Leave {', '.join(endpoints)} out, or choose a dataset of questions.")
    return enqueue(actor, JobKind.EVALUATE, values, base_name=label)


def why_no_harness() -> str | None:
    """How to install lm-evaluation-harness; None where it is installed."""
    if find_spec("lm_eval"):
        return None
    return f"Run .venv/bin/pip install lm_eval=={HARNESS_VERSION} and start the studio again."


def _checked(actor: Actor, one: dict | ComparedModel) -> dict:
    """A model to compare, with its reference resolved, or its endpoint checked."""
    one = one if isinstance(one, dict) else one.model_dump()
    if one.get("endpoint"):
        checked_address(one["endpoint"], settings().synthesis_endpoints.split(","))
        checked_key_name(one.get("api_key_env") or ComparedModel.model_fields["api_key_env"].default)
    elif not (one.get("model") or one.get("look_up")):
        raise InputError(f"No model was given for {one.get('name')}.", "Name its model, or look_up.")
    elif not one.get("look_up"):
        one = one | {"model": find_model(actor, one.get("model")).reference}
    return one


def _folder_or_id(reference: str) -> str:
    """A model's absolute folder where there is one, else what may be its hub id."""
    folder = Path(reference).expanduser().absolute()
    return str(folder) if folder.is_dir() else reference


def start_benchmark(actor: Actor, **values) -> Job:
    """Queue a benchmark; `values` are fields of BenchmarkSpec."""
    base_model = values.get("base_model")
    values["models"] = [find_model(actor, model, base_model).reference for model in values.get("models", [])]
    return enqueue(actor, JobKind.BENCHMARK, values, base_name="benchmark")
