"""Jobs as the person asks for them: start one, look at it, pause, resume or cancel it."""

from pathlib import Path

from app.datasets import find_dataset, upload_path
from app.models import find_model
from app.places import default_folder, given_folder, next_name, refuse_taken
from app.studio import store
from core.errors import ConflictError, InputError
from core.jobs import FINAL_STATES, JobKind, JobState, StopRequest, parse_spec
from core.training.presets import PRESETS
from storage import jobs as rows
from storage import metrics
from storage.rows import Event, Job


def start_preparing(**values) -> Job:
    """Ask for a dataset; `values` are the fields of PrepareSpec. `upload` may name an uploaded file."""
    if "upload" in values:
        values["input_file"] = upload_path(values.pop("upload"))
    if values.get("input_file"):
        values |= {"source": "file", "input_file": _input_file(values["input_file"])}
    if values.get("dataset_name"):
        values["source"] = "hub"
    if values.get("exclude_dataset"):
        values["exclude_dataset"] = find_dataset(values["exclude_dataset"])
    return _ask(JobKind.PREPARE, values, wish=values.get("domain", "general"))


def start_training(preset: str | None = None, **values) -> Job:
    """Ask for a fine-tuning; `values` are the fields of TrainSpec and overrule the preset's.

    The starter model takes the preset `starter` when none is named.
    """
    if preset is None and values.get("model", "starter") == "starter":
        preset = "starter"
    if preset is not None and preset not in PRESETS:
        raise InputError(f"There is no preset {preset!r}.", f"Choose one of: {', '.join(PRESETS)}.")
    values = PRESETS.get(preset, {}) | values
    values["model"] = find_model(values.get("model", "starter"))
    values["dataset"] = find_dataset(values.get("dataset"))
    return _ask(JobKind.TRAIN, values, wish=Path(values["dataset"]).name.removesuffix("_dataset"))


def start_evaluating(**values) -> Job:
    """Ask for scorecards; `values` are the fields of EvaluateSpec."""
    values["model"] = find_model(values.get("model"), values.get("base_model"))
    values["dataset"] = find_dataset(values.get("dataset"))
    return _ask(JobKind.EVALUATE, values, wish=f"{Path(values['model']).stem} scores")


def start_exporting(**values) -> Job:
    """Ask for GGUF files; `values` are the fields of ExportSpec."""
    values["model"] = find_model(values.get("model"), values.get("base_model"))
    if values.get("dataset"):
        values["dataset"] = find_dataset(values["dataset"])
    return _ask(JobKind.EXPORT, values, wish=Path(values["model"]).stem)


def start_benchmark(**values) -> Job:
    """Ask for a comparison of speed and memory; `values` are the fields of BenchmarkSpec."""
    values["models"] = [find_model(model, values.get("base_model")) for model in values.get("models", [])]
    return _ask(JobKind.BENCHMARK, values, wish="benchmark")


def job(job_id: str) -> Job:
    """The job of this id. Raises NotFoundError."""
    return rows.get_job(store(), job_id)


def jobs(kind: str | None = None, state: str | None = None, limit: int = 100, before: str | None = None) -> list[Job]:
    """The newest jobs first; `before` is the id of the last one of the page before."""
    return rows.list_jobs(store(), kind=kind, state=state, limit=limit, before=before)


def cancel_job(job_id: str) -> Job:
    """Cancel a queued job at once, or ask a running one to stop. Raises ConflictError when it has ended."""
    found = _unfinished(job_id)
    if found.state == JobState.QUEUED:
        rows.cancel_queued(store(), job_id)
    else:
        rows.request_stop(store(), job_id, StopRequest.CANCEL)
    return job(job_id)


def pause_job(job_id: str) -> Job:
    """Ask a running job to go back to the queue after its next checkpoint, held until it is resumed."""
    if _unfinished(job_id).state != JobState.RUNNING:
        raise ConflictError(f"{job_id} is not running.", "A queued job can be cancelled.")
    rows.request_stop(store(), job_id, StopRequest.PAUSE)
    return job(job_id)


def resume_job(job_id: str) -> Job:
    """Release a held job. Raises ConflictError when it is not held."""
    if not _unfinished(job_id).hold_reason:
        raise ConflictError(f"{job_id} is not paused.", "")
    rows.release(store(), job_id)
    return job(job_id)


def job_events(job_id: str, after_id: int = 0) -> list[Event]:
    """What happened to a job, oldest first."""
    return rows.events_of(store(), job_id, after_id=after_id)


def job_metrics(job_id: str, after_step: int = -1, names: list[str] | None = None) -> dict[str, list]:
    """Metric name to its (step, value) points beyond `after_step`."""
    return metrics.series(store(), job_id, names, after_step=after_step)


def job_log(job_id: str, tail_bytes: int = 20_000) -> str:
    """The end of a job's log file; empty before the job began."""
    log_path = job(job_id).log_path
    if not log_path or not Path(log_path).is_file():
        return ""
    with Path(log_path).open("rb") as log:
        log.seek(max(0, Path(log_path).stat().st_size - tail_bytes))
        return log.read().decode("utf-8", errors="replace")


def _ask(kind: JobKind, values: dict, wish: str) -> Job:
    """Complete name and place, validate, and write the row."""
    given = values.get("output_dir")
    if not values.get("name"):
        own_folder = given and kind != JobKind.PREPARE
        values["name"] = next_name(kind, Path(given).name if own_folder else wish)
    checked = parse_spec(kind, values | {"output_dir": given_folder(given) if given else ""})
    spec = checked if given else checked.model_copy(update={"output_dir": default_folder(kind, checked.name)})
    refuse_taken(kind, spec)
    _refuse_two_at_a_place(kind, spec)
    return rows.enqueue(store(), spec, kind)
