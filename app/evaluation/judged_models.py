"""Which models an evaluation judges, whether its spec names one model or lists several."""

from collections.abc import Iterable
from pathlib import Path

from app.jobs.results import result_or_none
from core.specs.results.evaluate import EvaluateResult
from storage.rows import Job

_OF_A_RUN = ("final", "merged_model")
"""Subfolders that the run's folder stands for."""


def judged_models(evaluation: Job) -> dict[str, str]:
    """The references of the judged models by name: those compared with the reference model, else that itself.

    A run's models go by the run's folder; a model at an endpoint is none of the studio's and left out. Empty without a
    readable result.
    """
    if not (result := result_or_none(evaluation, EvaluateResult)):
        return {}
    references = {one.name: one.model for one in result.models if one.kind != "endpoint"}
    if model := evaluation.spec.get("model"):
        references[result.subjects[0]] = model
    return {name: run_folder(references[name]) for name in result.subjects if references.get(name)}


def same_as(evaluation: Job, names: Iterable[str], model: str, endpoint: str | None = None) -> list[str]:
    """Those of these models of an evaluation that are `model`, at `endpoint` if given.

    As a judge it would mark its own answers, and language models recognize and favour theirs (Panickssery et al., LLM
    Evaluators Recognize and Favor Their Own Generations, 2024).
    """
    if not (result := result_or_none(evaluation, EvaluateResult)):
        return []
    asked = {one.name: (one.model, None) for one in result.models if one.model and one.kind != "endpoint"}
    asked |= {one["name"]: (one["model"], one["endpoint"]) for one in evaluation.spec.get("models") or ()}
    if not evaluation.spec.get("models"):
        given = {result.subjects[0]: evaluation.spec.get("model"), "base": evaluation.spec.get("base_model")}
        asked |= {name: (reference, None) for name, reference in given.items() if reference}
    judge = run_folder(model), endpoint and endpoint.rstrip("/")
    return [
        name
        for name in names
        if (found := asked.get(name)) and found[0]
        if (run_folder(found[0]), found[1] and found[1].rstrip("/")) == judge
    ]


def run_folder(reference: str) -> str:
    """The folder of the run that a reference leads into; any other reference unchanged."""
    return str(Path(reference).parent) if Path(reference).name in _OF_A_RUN else reference
