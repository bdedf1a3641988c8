"""The settings of a training in other forms: the command, the YAML that it takes, and back from YAML."""

import shlex

from app.jobs.settings_file import as_yaml, read_settings
from core.errors import InputError
from core.specs import JobKind, TrainSpec, parse_spec
from core.specs.spec import BOOKKEEPING
from core.training.presets import PRESETS

FLAGS = {"model": "model-name", "dataset": "dataset-path", "rewards": "reward"}
"""Flags that are not called as their field."""
_NOT_SHOWN = BOOKKEEPING - {"name"}


def command_line(preset: str, values: dict, defaults: dict) -> str:
    """The equivalent command: the preset, and what was chosen otherwise."""
    shown = _chosen(preset, values, defaults)
    return " ".join(["python -m app train", *(_flag(name, value) for name, value in shown.items())])


def form_yaml(preset: str, values: dict, defaults: dict) -> str:
    """The same as YAML."""
    return training_yaml(_chosen(preset, values, defaults))


def _chosen(preset: str, values: dict, defaults: dict) -> dict:
    changed = {key: value for key, value in values.items() if key not in defaults or value != defaults[key]}
    four_bit = {"load_in_4bit": values["load_in_4bit"]}  # its default depends on this machine's memory
    return {"preset": preset, **changed, **four_bit}


def training_yaml(values: dict) -> str:
    """Settings as the YAML that `train --config` and the form take; None values are omitted.

    Those of a run are given in full: they then mean the same where a preset or a default has changed.
    """
    return as_yaml({name: value for name, value in values.items() if name not in _NOT_SHOWN and value is not None})


def read_training_yaml(text: str, source: str = "The YAML") -> dict:
    """The settings in `text`, by field of TrainSpec, and maybe a `preset`; plain JSON values, without `output_dir`.

    Raises InputError that names unknown keys with the nearest known, or the fields with values that cannot be used.
    """
    fields = {name: name for name in TrainSpec.model_fields if name not in _NOT_SHOWN - {"output_dir"}}
    flags = {flag: field for field, flag in FLAGS.items()}
    values = read_settings(text, source, fields | flags | {"preset": "preset"})
    values.pop("output_dir", None)
    preset = {"preset": values.pop("preset")} if "preset" in values else {}
    if preset and preset["preset"] not in PRESETS:
        raise InputError(f"{source} names the preset {preset['preset']!r}.", f"There are: {', '.join(PRESETS)}.")
    spec = parse_spec(JobKind.TRAIN, {"name": "x", "output_dir": "", "dataset": ""} | values)
    return preset | spec.model_dump(mode="json", include=set(values))


def _flag(name: str, value: object) -> str:
    flag = FLAGS.get(name, name.replace("_", "-"))
    if isinstance(value, bool):
        return f"--{flag}" if value else f"--no-{flag}"
    parts = value if isinstance(value, (tuple, list)) else (value,)
    return " ".join([f"--{flag}", *(shlex.quote(str(part)) for part in parts)])
