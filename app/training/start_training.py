"""Starting a training run, and the settings that a preset gives it."""

from functools import partial
from pathlib import Path

from app.data.datasets import find_dataset
from app.data.reports import report_in, title_in, training_examples
from app.jobs.enqueue import enqueue
from app.models.catalogue import weights_for
from app.models.find_model import find_model, model_or_default
from core.data.synthesis.allowed import checked_address, checked_key_name
from core.errors import InputError
from core.machine import check_devices, this_machine
from core.shape import Shape
from core.specs import JobKind, TrainSpec
from core.specs.train import SHAPES, Method, unfit_shape
from core.training.by_method import for_method
from core.training.presets import PRESETS, SAMPLE_ANSWERS, presets_for, settings_for
from core.training.refusals import refuse_unusable
from storage.actors import Actor
from storage.rows import Job
from storage.settings import settings


def start_training(actor: Actor, preset: str | None = None, sweep_id: str | None = None, **values) -> Job:
    """Queue a training run, maybe of a sweep; `values` are fields of TrainSpec and override `training_defaults`."""
    values = complete_settings(actor, preset, values)
    return enqueue(actor, JobKind.TRAIN, values, title_in(values["dataset"]).replace(",", ""), sweep_id)


def complete_settings(actor: Actor, preset: str | None, values: dict) -> dict:
    """`values` with model and dataset found, and the preset's settings where none were given.

    Raises NotFoundError, and InputError if the method cannot learn from data of the dataset's shape.
    """
    values = dict(values)
    values["model"] = find_model(actor, model_or_default(actor, PRESETS.get(preset or "", {}) | values), None).reference
    values["dataset"] = find_dataset(actor, values.get("dataset"))
    method = values.get("method", "sft")
    _refuse_unfit(method, values["dataset"])
    defaults = training_defaults(values["model"], preset, training_examples(values["dataset"]), method)
    if values.get("tuning") == "full" or values.get("load_in_8bit"):
        defaults["load_in_4bit"] = False
    if values.get("early_stopping_patience"):
        defaults["keep"] = "best"
    values = defaults | values
    _refuse_judge(values)
    refuse_unusable(TrainSpec.model_construct(**values), gpu=this_machine().gpu_bytes > 0)
    if isinstance(values["devices"], int):
        check_devices(values["devices"])
    if values.get("resume_from_checkpoint"):
        values["resume_from_checkpoint"] = str(Path(values["resume_from_checkpoint"]).expanduser().absolute())
    return values


def _refuse_unfit(method: str, dataset: str) -> None:
    report = report_in(Path(dataset))
    if report and report.shape and method in SHAPES and (problem := unfit_shape(method, Shape(report.shape))):
        raise InputError(f"method: {problem[0]}", problem[1])


def _refuse_judge(values: dict) -> None:
    """Raise InputError, on its field, for a judge that this studio may not ask."""
    rewards = values.get("rewards")
    if not isinstance(rewards, (list, tuple)) or "judge" not in rewards:
        return
    named = settings().synthesis_endpoints.split(",")
    checks = {"judge_endpoint": partial(checked_address, named=named), "judge_api_key_env": checked_key_name}
    for field, check in checks.items():
        try:
            if isinstance(values.get(field), str):
                check(values[field])
        except InputError as error:
            raise InputError(f"{field}: {error.message}", error.remedy) from error


def training_defaults(model: str, preset: str | None, examples: int | None, method: Method = "sft") -> dict:
    """The default of every optional field of TrainSpec, under a preset, for this number of examples and this method.

    Without a preset, the model's own applies, if it has one. Whether to load the weights in 4 bits depends on this
    machine's memory.
    """
    if preset is not None and preset not in PRESETS:
        raise InputError(f"There is no preset {preset!r}.", f"Choose one of: {', '.join(PRESETS)}.")
    if preset is None:
        preset = next((name for name in presets_for(model) if "model" in PRESETS[name]), None)
    defaults = {name: field.default for name, field in TrainSpec.model_fields.items() if not field.is_required()}
    defaults |= {"load_in_4bit": weights_for(model).four_bit, "sample_answers": SAMPLE_ANSWERS}
    return for_method(defaults | (settings_for(preset, examples) if preset else {}), method)
