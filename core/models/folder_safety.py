"""Refuses model folders that could run code when loaded: pickled weights, or settings that name code (`auto_map`)."""

import json
from collections.abc import Collection
from fnmatch import fnmatch
from pathlib import Path

from core.errors import InputError

ADAPTER_WEIGHTS = "adapter_model.safetensors"

_PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"})


def check_folder_is_safe(folder: Path, label: str, remedy: str) -> None:
    """Raise InputError if the folder's weights are pickled or missing, or if its settings ask to run their own code.

    `label` is the folder's name in messages, `remedy` what to do if it has no weights at all.
    """
    check_settings(folder, label)
    check_weights([path.name for path in folder.iterdir()], label, remedy)


def check_settings(folder: Path, label: str) -> None:
    """Raise InputError if the settings in `folder` ask to run their own code."""
    for settings in sorted(folder.glob("*config.json")):
        asked = {"auto_map", "trust_remote_code"} & read_object(settings).keys()
        if asked:
            raise InputError(
                f"{label}/{settings.name} asks to run Python code that comes with the model ({min(asked)}).",
                "Use a model whose architecture is built into Transformers. Such code is never run here.",
            )


def check_weights(names: Collection[str], label: str, remedy: str) -> None:
    """Raise InputError if none of the files called `names` holds weights in safetensors."""
    wanted = ADAPTER_WEIGHTS if "adapter_config.json" in names else "*.safetensors"
    if not any(fnmatch(name, wanted) for name in names):
        pickled = sorted(name for name in names if Path(name).suffix in _PICKLES)
        if pickled:
            raise InputError(
                f"{label} has its weights only as {pickled[0]}, a pickle, which can run any code when opened.",
                "Use a version of the model with .safetensors files.",
            )
        raise InputError(f"{label} has no safetensors weights: {wanted} is missing.", remedy)


def read_object(path: Path) -> dict:
    """The JSON object in a file; empty if it holds something else. Raises InputError if it is unreadable."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error}).", "Copy the model again.") from error
    return value if isinstance(value, dict) else {}
