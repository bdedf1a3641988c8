"""The local folder of a model, of an adapter's base, or of a hub model, which is downloaded. Loads no ML library."""

from functools import cache
from pathlib import Path

from core.errors import InputError, NotFoundError, UnavailableError
from core.models.catalogue import STARTER, meant_by
from core.models.folder_safety import check_folder_is_safe
from core.models.hub_address import check_hub_address
from core.models.references import ACCEPTED_REFERENCES, ModelLocation, locate

_HUB_FILES = ["*.json", "*.safetensors", "*.model", "*.jinja", "merges.txt", "vocab.txt"]
_HUB_DUPLICATES = ["original/*", "consolidated*", "onnx/*"]


def model_folder(location: ModelLocation) -> Path:
    """The local folder of a whole model or an adapter; a hub model is downloaded, or found in the hub's cache.

    Raises UnavailableError without a network, InputError for a GGUF or for files that are unsafe to load.
    """
    if location.kind == "gguf":
        raise InputError(f"{location.label} is a GGUF, made for chatting.", "Name the model that it was made from.")
    folder = _download(location.path, location.revision) if location.kind == "hub" else Path(location.path)
    check_folder_is_safe(folder, location.label, ACCEPTED_REFERENCES)
    return folder


def base_folder(location: ModelLocation) -> Path:
    """The folder of the whole model: an adapter's base, otherwise the model itself."""
    folder = model_folder(location)
    return model_folder(locate(location.base)) if location.kind == "adapter" else folder


def tokenizer_folder(location: ModelLocation) -> Path:
    """The folder of a model's tokenizer; an adapter without one uses its base's."""
    folder = model_folder(location)
    return folder if (folder / "tokenizer_config.json").exists() else base_folder(location)


@cache
def _download(hub_id: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    check_hub_address()
    try:
        return Path(
            snapshot_download(hub_id, revision=revision, allow_patterns=_HUB_FILES, ignore_patterns=_HUB_DUPLICATES)
        )
    except GatedRepoError as error:
        raise InputError(
            f"You must accept the terms of {hub_id} first.",
            f"Accept them at huggingface.co/{hub_id}, then enter your token under Settings, or set HF_TOKEN.",
        ) from error
    except RepositoryNotFoundError as error:
        raise NotFoundError(
            f"{hub_id} is neither a folder here nor a model on the Hugging Face hub.", "Check the spelling."
        ) from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError) as error:
        raise UnavailableError(
            f"{hub_id} is not on this machine, and the Hugging Face hub cannot be reached.",
            f"Check the network, name a local folder, or use {_local_alternative(hub_id)}, which needs no network.",
        ) from error


def _local_alternative(hub_id: str) -> str:
    """The same model by its catalogue name if that is here, otherwise the starter."""
    same = meant_by(hub_id)
    known = same.reference if same and same.is_here else STARTER
    return f"the model {known!r}"
