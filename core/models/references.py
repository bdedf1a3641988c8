"""What a model reference means: a model of the catalogue, a run, an adapter, a checkpoint, a merged model, a GGUF…

Standard library only, so any module can use it. Nothing is loaded here: a folder is judged by its file names and its
JSON, and one that could run code is refused before anyone opens it.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from core.errors import InputError, NotFoundError, UnavailableError
from core.models.catalogue import STARTER, CatalogueModel, find_in_catalogue, meant_by
from core.models.folder_safety import check_folder_is_safe, read_object
from core.specs.names import is_hub_id

TRAINING_CONFIG = "training_config.json"
"""Written by training into adapters, checkpoints and merged models; its `model` is the base they were made from."""
ACCEPTED_REFERENCES = (
    "Name a run's folder, its final/, a checkpoint, a merged model, a .gguf file, a hub id, or a base model "
    "that the studio knows by name."
)


@dataclass(frozen=True)
class ModelLocation:
    """Where a model is and what it is. `path` is an absolute folder or file, or the id of a hub model.

    `base` is a reference to the model it was made from: always set for an adapter, for others if known. `revision` is
    the pinned commit of a hub model. `label` is a short name for messages.
    """

    kind: Literal["transformers", "adapter", "gguf", "hub"]
    path: str
    base: str | None
    label: str
    revision: str | None = None


def locate(
    reference: str, base_model: str | None = None, prefer: Literal["merged", "adapter"] = "merged"
) -> ModelLocation:
    """Find what `reference` names. `base_model`, itself a reference, overrides the base recorded beside the model.

    A run's folder means its merged model or its adapter, whichever is preferred, or the only one it has. Raises
    NotFoundError if nothing is there, InputError if it cannot be used or is unsafe to load, UnavailableError for a
    catalogue model that has not been downloaded.
    """
    found = _find(reference, prefer)
    if base_model:
        return replace(found, base=_whole_model(base_model))
    if found.kind == "adapter":
        return replace(found, base=_adapter_base(Path(found.path)))
    if found.kind == "transformers":
        return replace(found, base=_merged_base(Path(found.path)))
    return found


def _find(reference: str, prefer: str) -> ModelLocation:
    """The model that `reference` names, without its base."""
    if known := find_in_catalogue(reference):
        return _find_known(known)
    path = Path(reference).expanduser().absolute()
    if path.is_file():
        return _find_file(path)
    if path.is_dir():
        return _find_folder(_inside_run(path, prefer))
    if "/" in reference and is_hub_id(reference):
        return ModelLocation("hub", reference, None, reference)
    raise no_model(reference)


def no_model(reference: str) -> NotFoundError:
    """The error for a `reference` that names nothing; it suggests a catalogue model with a similar name."""
    meant = meant_by(reference)
    remedy = f"Did you mean {meant.reference!r}?" if meant else ACCEPTED_REFERENCES
    return NotFoundError(f"There is no model at {reference}.", remedy)


def _find_known(model: CatalogueModel) -> ModelLocation:
    if model.folder is None:
        return ModelLocation("hub", model.hub_id, None, model.reference, model.revision)
    if not model.is_here:
        if model.reference == STARTER:
            raise UnavailableError(
                "The starter model's weights are missing from this checkout.", "Clone the repository again."
            )
        raise UnavailableError(
            f"{model.name} has not been downloaded yet.",
            "Fetch it on the Train page or with the command `models`, or use the model 'starter', which is here.",
        )
    return ModelLocation("transformers", str(model.folder), None, model.reference)


def _find_file(path: Path) -> ModelLocation:
    if path.suffix.lower() != ".gguf":
        raise InputError(f"{path.name} is not a model: a single file must be a .gguf.", ACCEPTED_REFERENCES)
    return ModelLocation("gguf", str(path), None, f"{path.parent.name}/{path.stem}")


def _inside_run(folder: Path, prefer: str) -> Path:
    """The model inside a run's folder; any other folder unchanged."""
    if (folder / "config.json").exists() or (folder / "adapter_config.json").exists():
        return folder
    names = ("merged_model", "final") if prefer == "merged" else ("final", "merged_model")
    for name in names:
        if (folder / name).is_dir():
            return folder / name
    return folder


def _find_folder(folder: Path) -> ModelLocation:
    label = folder.name
    if label in ("final", "merged_model"):
        label = folder.parent.name
    elif label.startswith("checkpoint-"):
        label = f"{folder.parent.name}/{label}"
    if (folder / "adapter_config.json").exists():
        check_folder_is_safe(folder, label, ACCEPTED_REFERENCES)
        return ModelLocation("adapter", str(folder), None, label)
    if (folder / "config.json").exists():
        check_folder_is_safe(folder, label, ACCEPTED_REFERENCES)
        return ModelLocation("transformers", str(folder), None, label)
    ggufs = sorted(path.name for path in folder.glob("*.gguf"))
    if ggufs:
        raise InputError(f"{folder} holds GGUF files; name one of them.", f"There are: {', '.join(ggufs)}.")
    checkpoints = sorted(folder.glob("checkpoint-*"), key=lambda path: path.stat().st_mtime)
    if checkpoints:
        raise InputError(f"The run {folder.name} has not finished.", f"Name a checkpoint: {checkpoints[-1]}.")
    raise InputError(f"{folder} does not contain a model.", ACCEPTED_REFERENCES)


def _adapter_base(folder: Path) -> str:
    recorded = _recorded_base(folder) or read_object(folder / "adapter_config.json").get("base_model_name_or_path")
    if not recorded:
        raise InputError(f"The adapter {folder} does not say which base model it belongs to.", "Name the base model.")
    try:
        return _whole_model(recorded)
    except NotFoundError as error:
        raise NotFoundError(
            f"The base model of the adapter {folder} is no longer at {recorded}.", "Name the base model."
        ) from error


def _merged_base(folder: Path) -> str | None:
    recorded = _recorded_base(folder)
    try:
        return _whole_model(recorded) if recorded else None
    except NotFoundError:  # a merged model works without its base; only the comparison with it is lost
        return None


def _recorded_base(folder: Path) -> str | None:
    config = folder / TRAINING_CONFIG
    return read_object(config).get("model") if config.exists() else None


def _whole_model(reference: str) -> str:
    found = _find(reference, prefer="merged")
    if found.kind not in ("transformers", "hub"):
        raise InputError(
            f"{reference} cannot be a base model: it is not a whole model.",
            "Name the model the adapter was trained on.",
        )
    return reference if found.revision else found.path  # the catalogue name keeps the pinned revision
