"""The values given to a command, by flags and configuration file; flags override the file."""

from argparse import Namespace
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from app.cli.actor import actor
from app.data.datasets import find_dataset
from app.jobs.settings_file import read_settings
from app.models.find_model import find_model
from core.errors import InputError, NotFoundError
from core.specs import SPECS, JobKind
from core.specs.evaluate import ComparedModel
from storage.actors import Actor

_FINDERS = {
    "parent": find_dataset, "dataset": find_dataset, "exclude_dataset": find_dataset, "compare_with": find_dataset,
    "model": find_model, "base_model": find_model, "models": find_model, "reranker": None,
}  # fmt: skip
"""Names known to the studio take precedence over local files and folders, which only commands may name."""
_NOT_OF_THE_SPEC = {"spec_version", "artifact_ids", "help", "command", "fields", "json", "config", "no_imatrix", "gate"}


def given_values(args: Namespace) -> dict:
    """Values by spec field, from the `--config` file and the flags, which override it.

    Raises InputError for an unreadable file, or a setting that the command does not have.
    """
    values = _read(Path(args.config), _settings_of(args)) if hasattr(args, "config") else {}
    values |= {field: value for field, value in vars(args).items() if field not in _NOT_OF_THE_SPEC}
    named_elsewhere = {"model"} if values.get("endpoint") else set()
    here = [field for field in values if field in _FINDERS and field not in named_elsewhere]
    return values | {field: _placed(values[field], _FINDERS[field]) for field in here}


def pairs(given: Iterable[str]) -> dict[str, str]:
    """`SETTING=VALUE` as texts by field; dashes in names become underscores. Raises InputError without a `=`."""
    parted = [pair.partition("=") for pair in given]
    for name, equals, _ in parted:
        if not equals:
            raise InputError(f"{name!r} has no value.", "Write SETTING=VALUE.")
    return {name.replace("-", "_"): text for name, _, text in parted}


def compared_models(given: object) -> list[dict]:
    """The `models` of an evaluation: from NAME=MODEL of the flags, or NAME: MODEL or whole entries of a file.

    MODEL is a reference, `look-up`, or ADDRESS#MODEL of an OpenAI-compatible API. Raises InputError for anything else.
    """
    if isinstance(given, dict):
        given = [f"{name}={model}" for name, model in given.items()]
    if not isinstance(given, (list, tuple)):
        raise InputError(f"models is {given!r}.", "List the models, each with a name.")
    return [_compared(one) if isinstance(one, str) else _entry(one) for one in given]


def _entry(one: object) -> dict:
    """A whole entry as it is, or one like `Base: starter`."""
    if isinstance(one, dict) and len(one) == 1 and not one.keys() <= ComparedModel.model_fields.keys():
        [(name, model)] = one.items()
        return _compared(f"{name}={model}")
    texts = [value for field, value in one.items() if field != "look_up"] if isinstance(one, dict) else [one]
    if not isinstance(one, dict) or not all(value is None or isinstance(value, str) for value in texts):
        raise InputError(f"{one!r} is not a name and a model.", "Write NAME: MODEL, such as Base: starter.")
    return one


def _compared(text: str) -> dict:
    name, equals, model = text.partition("=")
    if not (equals and name and model):
        raise InputError(f"{text!r} is not a name and a model.", "Write NAME=MODEL, such as Base=starter.")
    if model == "look-up":
        return {"name": name, "look_up": True}
    if model.startswith(("http://", "https://")):
        endpoint, _, there = model.partition("#")
        return {"name": name, "endpoint": endpoint, "model": there or None}
    return {"name": name, "model": _placed(model, find_model)}


def _placed(reference: object, find: Callable[[Actor, str], object] | None) -> object:
    """The reference as typed; if `find` does not know it, the local file or folder of that name as a path."""
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
    """What a configuration file may contain: every flag and every field of the job's spec, by either name."""
    kind = JobKind.TRAIN if args.command == "sweep" else args.command
    fields = dict.fromkeys(SPECS[JobKind(kind)].model_fields) if kind in list(JobKind) else {}
    named = args.fields | {field: field for field in (*fields, *args.fields.values())}
    return {name: field for name, field in named.items() if field not in _NOT_OF_THE_SPEC}


def _read(path: Path, fields: dict[str, str]) -> dict:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}", "Give a YAML or JSON file.") from error
    return read_settings(text, str(path), fields, as_json=path.suffix.lower() == ".json")
