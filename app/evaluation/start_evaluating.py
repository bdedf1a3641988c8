"""Asking for scorecards, or for a benchmark of speed and memory."""

from app.data.datasets import find_dataset
from app.jobs.enqueue import enqueue
from app.models.find_model import find_model, resolve_model
from core.specs import JobKind
from storage.rows import Job


def start_evaluating(**values) -> Job:
    """Ask for scorecards; `values` are the fields of EvaluateSpec."""
    found = resolve_model(values)
    values["dataset"] = find_dataset(values.get("dataset"))
    return enqueue(JobKind.EVALUATE, values, wish=f"{found.label} scores")


def start_benchmark(**values) -> Job:
    """Ask for a comparison of speed and memory; `values` are the fields of BenchmarkSpec."""
    base_model = values.get("base_model")
    values["models"] = [find_model(model, base_model).reference for model in values.get("models", [])]
    return enqueue(JobKind.BENCHMARK, values, wish="benchmark")
