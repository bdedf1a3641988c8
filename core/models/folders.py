"""The local folder of a model, of an adapter's base, or of a hub model, which is downloaded. Loads no ML library."""

from pathlib import Path

from core.errors import InputError
from core.models.folder_safety import check_folder_is_safe
from core.models.hub.download import download
from core.models.references import ACCEPTED_REFERENCES, ModelLocation, locate
from core.reporting import Reporter

_DOWNLOADED: dict[ModelLocation, Path] = {}
"""What this process has downloaded or found: a run never changes its base because the hub has a newer one."""


def model_folder(location: ModelLocation, reporter: Reporter | None = None) -> Path:
    """The local folder of a whole model or an adapter; a hub model is downloaded, or found in the hub's cache.

    Raises InputError for a GGUF or for files that are unsafe to load, and what `download` raises.
    """
    if location.kind == "gguf":
        raise InputError(f"{location.label} is a GGUF, made for chatting.", "Name the model that it was made from.")
    folder = _of_hub(location, reporter or Reporter()) if location.kind == "hub" else Path(location.path)
    check_folder_is_safe(folder, location.label, ACCEPTED_REFERENCES)
    return folder


def _of_hub(location: ModelLocation, reporter: Reporter) -> Path:
    if location not in _DOWNLOADED:
        _DOWNLOADED[location] = download(location.path, location.revision, reporter)
    return _DOWNLOADED[location]


def base_folder(location: ModelLocation, reporter: Reporter | None = None) -> Path:
    """The folder of the whole model: an adapter's base, otherwise the model itself."""
    folder = model_folder(location, reporter)
    return model_folder(locate(location.base), reporter) if location.kind == "adapter" else folder


def tokenizer_folder(location: ModelLocation) -> Path:
    """The folder of a model's tokenizer; an adapter without one uses its base's."""
    folder = model_folder(location)
    return folder if (folder / "tokenizer_config.json").exists() else base_folder(location)
