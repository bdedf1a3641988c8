"""What a model reference means: a model of the catalogue, a run, an adapter, a checkpoint, a merged model, a GGUF…

Standard library only, so that anything may ask. Nothing is loaded here: what a folder holds is judged by its names and
by its JSON, and a folder that could run code (pickled weights, `auto_map`) is refused before anyone opens it.
"""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from core.errors import InputError, NotFoundError, UnavailableError
from core.models.catalogue import STARTER, CatalogueModel, find_in_catalogue, meant_by

ADAPTER_WEIGHTS = "adapter_model.safetensors"
TRAINING_CONFIG = "training_config.json"
"""Written by training into adapters, checkpoints and merged models; its `model` is the base they were made from."""

_PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"})
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_WHAT_IS_TAKEN = (
    "Name a run's folder, its final/, a checkpoint, a merged model, a .gguf file, a hub id, or a base model "
    "that the studio knows by name."
)


@dataclass(frozen=True)
class ModelLocation:
    """Where a model is and what it is. `path` is an absolute folder or file, or the id of a hub model.

    `base` is a reference to the model it was made from: always there for an adapter, for others when known.
    `revision` is the commit of a hub model, where it is pinned.
    """

    kind: Literal["transformers", "adapter", "gguf", "hub"]
    path: str
    base: str | None
    label: str
    revision: str | None = None


def locate(
    reference: str, base_model: str | None = None, prefer: Literal["merged", "adapter"] = "merged"
) -> ModelLocation:
    """Find what `reference` names. `base_model`, itself a reference, overrides the base written beside the model.

    A run's folder stands for its merged model or its adapter, whichever is preferred, or the one it has.
    Raises NotFoundError when nothing is there, InputError when what is there cannot be used or must not be loaded.
    """
    found = _find(reference, prefer)
    if base_model:
        return replace(found, base=_whole_model(base_model))
    if found.kind == "adapter":
        return replace(found, base=_adapter_base(Path(found.path)))
    if found.kind == "transformers":
        return replace(found, base=_merged_base(Path(found.path)))
    return found


def check_folder_is_safe(folder: Path, label: str) -> None:
    """Refuse, with InputError, a folder whose weights are pickled or whose settings ask to run code of its own.

    `label` is what the messages call it.
    """
    for settings in sorted(folder.glob("*config.json")):
        asked = {"auto_map", "trust_remote_code"} & _read_object(settings).keys()
        if asked:
            raise InputError(
                f"{label}/{settings.name} asks to run Python code that comes with the model ({min(asked)}).",
                "Use a model of an architecture that Transformers has built in. Such code is never run here.",
            )
    weights = ADAPTER_WEIGHTS if (folder / "adapter_config.json").exists() else "*.safetensors"
    if not any(folder.glob(weights)):
        pickled = sorted(path.name for path in folder.iterdir() if path.suffix in _PICKLES)
        if pickled:
            raise InputError(
                f"{label} has its weights only as {pickled[0]}, a pickle, which can run any code when opened.",
                "Use a version of the model with .safetensors files.",
            )
        raise InputError(f"{label} has no weights in safetensors: {weights} is not in it.", _WHAT_IS_TAKEN)


def _find(reference: str, prefer: str) -> ModelLocation:
    """What `reference` names, without its base."""
    if known := find_in_catalogue(reference):
        return _find_known(known)
    path = Path(reference).expanduser().absolute()
    if path.is_file():
        return _find_file(path)
    if path.is_dir():
        return _find_folder(_inside_run(path, prefer))
    if _HUB_ID.fullmatch(reference):
        return ModelLocation("hub", reference, None, reference)
    raise no_model(reference)


def no_model(reference: str) -> NotFoundError:
    """What to raise where `reference` names nothing: it may name what was meant."""
    meant = meant_by(reference)
    remedy = f"Did you mean {meant.reference!r}?" if meant else _WHAT_IS_TAKEN
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
            f"{model.name} has not been fetched yet.",
            "Fetch it on the Train page or by the command `models`, or use the model 'starter', which is here.",
        )
    return ModelLocation("transformers", str(model.folder), None, model.reference)


def _find_file(path: Path) -> ModelLocation:
    if path.suffix.lower() != ".gguf":
        raise InputError(f"{path.name} is no model: a single file must be a .gguf.", _WHAT_IS_TAKEN)
    return ModelLocation("gguf", str(path), None, f"{path.parent.name}/{path.stem}")


def _inside_run(folder: Path, prefer: str) -> Path:
    """The model inside a run's folder; any other folder is itself."""
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
        check_folder_is_safe(folder, label)
        return ModelLocation("adapter", str(folder), None, label)
    if (folder / "config.json").exists():
        check_folder_is_safe(folder, label)
        return ModelLocation("transformers", str(folder), None, label)
    ggufs = sorted(path.name for path in folder.glob("*.gguf"))
    if ggufs:
        raise InputError(f"{folder} holds GGUF files; name one of them.", f"There are: {', '.join(ggufs)}.")
    checkpoints = sorted(folder.glob("checkpoint-*"), key=lambda path: path.stat().st_mtime)
    if checkpoints:
        raise InputError(f"The run {folder.name} has not finished.", f"Name a checkpoint: {checkpoints[-1]}.")
    raise InputError(f"{folder} holds no model.", _WHAT_IS_TAKEN)


def _adapter_base(folder: Path) -> str:
    recorded = _recorded_base(folder) or _read_object(folder / "adapter_config.json").get("base_model_name_or_path")
    if not recorded:
        raise InputError(f"The adapter {folder} does not say which base model it belongs to.", "Name the base model.")
    try:
        return _whole_model(recorded)
    except NotFoundError as error:
        raise NotFoundError(
            f"The base model of the adapter {folder} is not at {recorded} any more.", "Name the base model."
        ) from error


def _merged_base(folder: Path) -> str | None:
    recorded = _recorded_base(folder)
    try:
        return _whole_model(recorded) if recorded else None
    except NotFoundError:  # a merged model stands alone: without its base it only loses the comparison
        return None


def _recorded_base(folder: Path) -> str | None:
    config = folder / TRAINING_CONFIG
    return _read_object(config).get("model") if config.exists() else None


def _whole_model(reference: str) -> str:
    found = _find(reference, prefer="merged")
    if found.kind not in ("transformers", "hub"):
        raise InputError(
            f"{reference} cannot be a base model: it is no whole model.", "Name the model the adapter was trained on."
        )
    return reference if found.revision else found.path  # by its name it stays at its pinned revision


def _read_object(path: Path) -> dict:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error}).", "Copy the model again.") from error
    return value if isinstance(value, dict) else {}
