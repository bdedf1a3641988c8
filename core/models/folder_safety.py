"""Refuses model folders that could run code when loaded: pickled weights, or settings that name code (`auto_map`)."""

import json
from pathlib import Path

from core.errors import InputError

ADAPTER_WEIGHTS = "adapter_model.safetensors"

_PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"})


def check_folder_is_safe(folder: Path, label: str, remedy: str) -> None:
    """Raise InputError if the folder's weights are pickled or missing, or if its settings ask to run their own code.

    `label` is the folder's name in messages, `remedy` what to do if it has no weights at all.
    """
    for settings in sorted(folder.glob("*config.json")):
        asked = {"auto_map", "trust_remote_code"} & read_object(settings).keys()
        if asked:
            raise InputError(
                f"{label}/{settings.name} asks to run Python code that comes with the model ({min(asked)}).",
                "Use a model whose architecture is built into Transformers. Such code is never run here.",
            )
    weights = ADAPTER_WEIGHTS if (folder / "adapter_config.json").exists() else "*.safetensors"
    if not any(folder.glob(weights)):
        pickled = sorted(path.name for path in folder.iterdir() if path.suffix in _PICKLES)
        if pickled:
            raise InputError(
                f"{label} has its weights only as {pickled[0]}, a pickle, which can run any code when opened.",
                "Use a version of the model with .safetensors files.",
            )
        raise InputError(f"{label} has no safetensors weights: {weights} is missing.", remedy)


def read_object(path: Path) -> dict:
    """The JSON object in a file; empty if it holds something else. Raises InputError if it is unreadable."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error}).", "Copy the model again.") from error
    return value if isinstance(value, dict) else {}
