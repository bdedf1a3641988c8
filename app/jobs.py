"""Jobs as the person asks for them: start one, look at it, pause, resume or cancel it."""

from collections.abc import Iterable
from pathlib import Path

from app.datasets import compared_unasked, evaluation_sets, find_dataset, next_version, title_in, training_examples
from app.models import FoundModel, default_model, find_model, weights_for
from app.plumbing.places import (
    DATASET_MAKERS,
    checked_name,
    default_folder,
    given_folder,
    next_name,
    plain_name,
    refuse_taken,
)
from app.plumbing.studio import store
from app.uploads import input_file, upload_path
from core.data.samples import parse_domain
from core.data.synthesis.allowed import checked_address, checked_key_name
from core.errors import ConflictError, InputError
from core.specs import JobKind, JobState, Spec, StopRequest, SynthesizeSpec, TrainSpec, parse_spec
from core.training.presets import PRESETS, presets_for, settings_for
from storage import jobs as rows
from storage import metrics
from storage.rows import Event, Job
from storage.settings import settings
from storage.trash import list_trash


def start_preparing(**values) -> Job:
    """Ask for a dataset; `values` are the fields of PrepareSpec. `upload` may be the id of an uploaded file.

    Where `compare_with` names no datasets, it is compared with the evaluation sets that the studio holds.
    """
    if "upload" in values:
        values["input_file"] = upload_path(values.pop("upload"))
    if values.get("input_file"):
        values |= {"source": "file", "input_file": input_file(values["input_file"])}
    elif values.get("dataset_name"):
        values["source"] = "hub"
    elif values.get("parent"):
        values |= {"source": "dataset", "parent": find_dataset(values["parent"])}
        making = {other.name for other in _unfinished(JobKind.PREPARE)}
        deleted = {Path(place).name for entry in list_trash(store()) for place in entry.places}
        values = next_version(values["parent"], making | deleted) | values
    if values.get("source") == "sample":
        parse_domain(values.get("domain", "general"))
    if values.get("exclude_dataset"):
        values["exclude_dataset"] = find_dataset(values["exclude_dataset"])
    if values.get("source") != "dataset":  # a version measures as its parent did
        values["model"] = find_model(_named_model(values)).reference
    values |= _comparison(values.get("compare_with"), values.get("parent"))
    return _ask(JobKind.PREPARE, values, wish=values.get("domain", "general"))


def start_synthesizing(**values) -> Job:
    """Ask for examples that a model writes; `values` are the fields of SynthesizeSpec.

    `uploads` may be ids of uploaded files, taken as further documents. With an endpoint, `model` is its name there.
    Compared with evaluation sets as in `start_preparing`.
    """
    uploaded = [upload_path(upload) for upload in values.pop("uploads", ())]
    if documents := [*map(input_file, values.get("documents", ())), *uploaded]:
        values["documents"] = documents
    if values.get("dataset"):
        values["dataset"] = find_dataset(values["dataset"])
    values |= _comparison(values.get("compare_with"), values.get("dataset"))
    if values.get("endpoint") and not values.get("model"):
        raise InputError("No model is given.", "Name the model that the endpoint serves.")
    if values.get("endpoint"):
        checked_address(values["endpoint"], settings().synthesis_endpoints.split(","))
        checked_key_name(values.get("api_key_env") or SynthesizeSpec.model_fields["api_key_env"].default)
    else:
        values["model"] = find_model(_named_model(values)).reference
    about = Path(values.get("dataset") or (documents or ["documents"])[0])
    return _ask(JobKind.SYNTHESIZE, values, wish=f"{about.stem.removesuffix('_dataset')}-written")


def start_training(preset: str | None = None, **values) -> Job:
    """Ask for a fine-tuning; `values` are fields of TrainSpec and overrule those of `training_defaults`."""
    values["model"] = find_model(_named_model(PRESETS.get(preset or "", {}) | values), None).reference
    values["dataset"] = find_dataset(values.get("dataset"))
    values = training_defaults(values["model"], preset, training_examples(values["dataset"])) | values
    if values.get("resume_from_checkpoint"):
        values["resume_from_checkpoint"] = str(Path(values["resume_from_checkpoint"]).expanduser().absolute())
    return _ask(JobKind.TRAIN, values, wish=title_in(values["dataset"]).replace(",", ""))


def _named_model(values: dict) -> str:
    return default_model() if values.get("model") is None else values["model"]


def training_defaults(model: str, preset: str | None, examples: int | None) -> dict:
    """Every setting of TrainSpec that has a default, as a preset sets it for so many training examples.

    Where no preset is named, the model's own is taken, if it has one. Whether its weights are held in 4 bits follows
    from this machine's memory.
    """
    if preset is not None and preset not in PRESETS:
        raise InputError(f"There is no preset {preset!r}.", f"Choose one of: {', '.join(PRESETS)}.")
    if preset is None:
        preset = next((name for name in presets_for(model) if "model" in PRESETS[name]), None)
    defaults = {name: field.default for name, field in TrainSpec.model_fields.items() if not field.is_required()}
    defaults["load_in_4bit"] = weights_for(model).four_bit
    return defaults | (settings_for(preset, examples) if preset else {})


def start_evaluating(**values) -> Job:
    """Ask for scorecards; `values` are the fields of EvaluateSpec."""
    found = _with_model(values)
    values["dataset"] = find_dataset(values.get("dataset"))
    return _ask(JobKind.EVALUATE, values, wish=f"{found.label} scores")


def start_exporting(**values) -> Job:
    """Ask for GGUF files; `values` are the fields of ExportSpec."""
    found = _with_model(values)
    if values.get("dataset"):
        values["dataset"] = find_dataset(values["dataset"])
    return _ask(JobKind.EXPORT, values, wish=found.label)


def start_benchmark(**values) -> Job:
    """Ask for a comparison of speed and memory; `values` are the fields of BenchmarkSpec."""
    base_model = values.get("base_model")
    values["models"] = [find_model(model, base_model).reference for model in values.get("models", [])]
    return _ask(JobKind.BENCHMARK, values, wish="benchmark")


def job(job_id: str) -> Job:
    """The job of this id. Raises NotFoundError."""
    return rows.get_job(store(), job_id)


def jobs(kind: str | None = None, state: str | None = None, limit: int = 100, before: str | None = None) -> list[Job]:
    """The newest jobs first; `before` is the id of the last one of the page before."""
    return rows.list_jobs(store(), kind=kind, state=state, limit=limit, before=before)


def standings(kind: str | None = None, limit: int = 100) -> list[tuple]:
    """Id, state and hold of the newest jobs first, for little: whether a list of them that was drawn is still true."""
    return rows.standings(store(), kind=kind, limit=limit)


def job_count(kind: JobKind) -> int:
    """How many jobs of a kind there are, whatever their state."""
    return sum(count for (counted, _), count in count_jobs().items() if counted == kind)


def count_jobs() -> dict[tuple[JobKind, JobState], int]:
    """How many jobs of each kind are in each state."""
    return rows.count_jobs(store())


def cancel_job(job_id: str) -> Job:
    """Cancel a queued job at once, or ask a running one to stop. Raises ConflictError when it has ended."""
    return rows.request_stop(store(), job_id, StopRequest.CANCEL)


def pause_job(job_id: str) -> Job:
    """Hold a queued job, or ask a running one back into the queue after a checkpoint, until it is resumed."""
    return rows.request_stop(store(), job_id, StopRequest.PAUSE)


def resume_job(job_id: str) -> Job:
    """Let a held job go on. Raises ConflictError when it is not held."""
    return rows.release(store(), job_id)


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


def _comparison(asked: Iterable[str] | None, parent: str | None) -> dict[str, tuple[str, ...]]:
    """The fields of a spec about other datasets' evaluation sets: those `asked` for, else the newest there are."""
    held = evaluation_sets(parent)
    if asked is None:
        chosen = [one["path"] for one in compared_unasked(held, parent)]
    else:
        chosen = [find_dataset(one) for one in asked]
    others = [one["path"] for one in held if one["path"] not in chosen]
    return {"compare_with": tuple(chosen), "not_compared_with": tuple(others)}


def _with_model(values: dict) -> FoundModel:
    """Put what `model` and `base_model` name into `values` as a spec holds them."""
    if values.get("base_model"):
        values["base_model"] = find_model(values["base_model"]).reference
    found = find_model(values.get("model"), values.get("base_model"))
    values["model"] = found.reference
    return found


def _ask(kind: JobKind, values: dict, wish: str) -> Job:
    """Complete name and place, validate everything, and only then write the row. What is refused leaves no folder."""
    rows.refuse_full_queue(store())  # before a folder is made
    folder = given_folder(values["output_dir"]) if values.get("output_dir") else None
    values["name"] = checked_name(values["name"]) if values.get("name") else _name(kind, wish, folder)
    spec = parse_spec(kind, values | {"output_dir": folder or ""})
    if not folder:
        spec = spec.model_copy(update={"output_dir": default_folder(kind, spec.name)})
    try:
        refuse_taken(kind, spec)
        _refuse_shared(kind, spec)
        return rows.enqueue(store(), spec, kind)
    except Exception:
        if not folder and kind not in DATASET_MAKERS:
            Path(spec.output_dir).rmdir()
        raise


def _name(kind: JobKind, wish: str, folder: str | None) -> str:
    if not folder:
        return next_name(kind, wish, {other.name for other in rivals(kind)})
    return plain_name(wish if kind in DATASET_MAKERS else Path(folder).name)


def _refuse_shared(kind: JobKind, spec: Spec) -> None:
    """Raise ConflictError when a job that has not ended will put the same things into the same place."""
    for other in rivals(kind):
        same_name = kind not in DATASET_MAKERS or other.name == spec.name
        if other.output_dir == spec.output_dir and same_name:
            raise ConflictError(
                f"{other.id} is already at work on {spec.output_dir}.", "Choose another folder, or cancel that job."
            )


def rivals(kind: JobKind) -> list[Job]:
    """The unfinished jobs that put things where a job of `kind` does."""
    return [other for each in (DATASET_MAKERS if kind in DATASET_MAKERS else (kind,)) for other in _unfinished(each)]


def _unfinished(kind: JobKind) -> list[Job]:
    return [other for state in (JobState.QUEUED, JobState.RUNNING) for other in jobs(kind, state, limit=1000)]
