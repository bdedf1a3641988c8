"""Starting an evaluation, or a benchmark of speed and memory."""

from app.data.datasets import find_dataset
from app.jobs.enqueue import enqueue
from app.models.find_model import find_model, resolve_model
from core.specs import JobKind
from storage.actors import Actor
from storage.rows import Job


def start_evaluating(actor: Actor, **values) -> Job:
    """Queue an evaluation; `values` are fields of EvaluateSpec."""
    found = resolve_model(actor, values)
    values["dataset"] = find_dataset(actor, values.get("dataset"))
    return enqueue(actor, JobKind.EVALUATE, values, base_name=f"{found.label} scores")


def start_benchmark(actor: Actor, **values) -> Job:
    """Queue a benchmark; `values` are fields of BenchmarkSpec."""
    base_model = values.get("base_model")
    values["models"] = [find_model(actor, model, base_model).reference for model in values.get("models", [])]
    return enqueue(actor, JobKind.BENCHMARK, values, base_name="benchmark")
