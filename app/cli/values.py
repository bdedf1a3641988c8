"""What a command was given, from its flags and its configuration file: flags win."""

import json
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import yaml

from app.cli.actor import actor
from app.data.datasets import find_dataset
from app.models.find_model import find_model
from core.errors import InputError, NotFoundError
from core.specs import SPECS, JobKind
from storage.actors import Actor

_FINDERS = {
    "parent": find_dataset, "dataset": find_dataset, "exclude_dataset": find_dataset, "compare_with": find_dataset,
    "model": find_model, "base_model": find_model, "models": find_model, "reranker": None,
}  # fmt: skip
"""What the studio knows by a name comes before a file or folder of the same name, which only a command can mean."""
_NOT_OF_THE_SPEC = {"spec_version", "artifact_ids", "help", "command", "fields", "json", "config", "no_imatrix"}


def given_values(args: Namespace) -> dict:
    """Field to value, from the file of `--config` where there is one, overruled by the flags given.

    Raises InputError for a file that cannot be read or holds a setting the command does not have.
    """
    values = _read(Path(args.config), _settings_of(args)) if hasattr(args, "config") else {}
    values |= {field: value for field, value in vars(args).items() if field not in _NOT_OF_THE_SPEC}
    named_elsewhere = {"model"} if values.get("endpoint") else set()
    here = [field for field in values if field in _FINDERS and field not in named_elsewhere]
    return values | {field: _placed(values[field], _FINDERS[field]) for field in here}


def _placed(reference: object, find: Callable[[Actor, str], object] | None) -> object:
    """What was typed; where `find` knows nothing so called, the file or folder of this directory that is, as a path."""
    if isinstance(reference, list):
        return [_placed(one, find) for one in reference]
    if not isinstance(reference, str) or "/" in reference or not Path(reference).exists():
        return reference
    if find:
        with suppress(NotFoundError):
            find(actor(), reference)
            return reference
    return str(Path(reference).absolute())


def _settings_of(args: Namespace) -> dict[str, str]:
    """What a configuration file may hold: every flag, and every field of the job's spec, by either name."""
    fields = dict.fromkeys(SPECS[JobKind(args.command)].model_fields) if args.command in list(JobKind) else {}
    named = args.fields | {field: field for field in (*fields, *args.fields.values())}
    return {name: field for name, field in named.items() if field not in _NOT_OF_THE_SPEC}


def _read(path: Path, fields: dict[str, str]) -> dict:
    try:
        text = path.read_text(encoding="utf-8")
        settings = json.loads(text) if path.suffix.lower() == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"The configuration {path} cannot be read: {reason}", "Give a YAML or JSON file.") from error
    if not isinstance(settings, dict):
        raise InputError(f"The configuration {path} holds no settings.", "Write one `setting: value` on a line.")
    values = {}
    for setting, value in settings.items():
        field = fields.get(str(setting).replace("_", "-"), fields.get(str(setting)))
        if field is None:
            known = ", ".join(sorted(set(fields.values())))
            raise InputError(f"{path} holds {setting!r}, which this command does not have.", f"It has: {known}.")
        values[field] = value
    return values
