"""The local folders of models: those of adapters' bases too, and hub models, which are fetched. Loads no ML library."""

from functools import cache
from pathlib import Path

from core.errors import InputError, NotFoundError, UnavailableError
from core.models.catalogue import STARTER, meant_by
from core.models.hub_address import check_hub_address
from core.models.references import ModelLocation, check_folder_is_safe, locate

_HUB_FILES = ["*.json", "*.safetensors", "*.model", "*.jinja", "merges.txt", "vocab.txt"]
_HUB_DOUBLES = ["original/*", "consolidated*", "onnx/*"]


def model_folder(location: ModelLocation) -> Path:
    """The local folder of a whole model or an adapter; a hub model is fetched first (or found in the hub's cache).

    Raises UnavailableError without a network, InputError for a GGUF or for files that must not be loaded.
    """
    if location.kind == "gguf":
        raise InputError(f"{location.label} is a GGUF, made for chatting.", "Name the model that it was made from.")
    folder = _fetch(location.path, location.revision) if location.kind == "hub" else Path(location.path)
    check_folder_is_safe(folder, location.label)
    return folder


def base_folder(location: ModelLocation) -> Path:
    """The folder of the whole model that `location` stands on: an adapter's base, otherwise the model itself."""
    folder = model_folder(location)
    return model_folder(locate(location.base)) if location.kind == "adapter" else folder


def tokenizer_folder(location: ModelLocation) -> Path:
    """Where a model's tokenizer is; an adapter that has none of its own uses its base's."""
    folder = model_folder(location)
    return folder if (folder / "tokenizer_config.json").exists() else base_folder(location)


@cache
def _fetch(hub_id: str, revision: str | None) -> Path:
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
            snapshot_download(hub_id, revision=revision, allow_patterns=_HUB_FILES, ignore_patterns=_HUB_DOUBLES)
        )
    except GatedRepoError as error:
        raise InputError(
            f"{hub_id} asks for its terms to be accepted.",
            f"Accept them at huggingface.co/{hub_id}, then give your token under Settings, or as HF_TOKEN.",
        ) from error
    except RepositoryNotFoundError as error:
        raise NotFoundError(
            f"{hub_id} is neither a folder here nor a model of the Hugging Face hub.", "Check the spelling."
        ) from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError) as error:
        raise UnavailableError(
            f"{hub_id} is not on this machine, and the Hugging Face hub cannot be reached.",
            f"Check the network, name a local folder, or use {_what_is_here(hub_id)}, which needs no network.",
        ) from error


def _what_is_here(hub_id: str) -> str:
    """The same model by its name in the catalogue where it is here, else the starter."""
    same = meant_by(hub_id)
    known = same.reference if same and same.is_here else STARTER
    return f"the model {known!r}"
