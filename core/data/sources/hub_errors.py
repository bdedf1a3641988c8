"""Translates the exceptions of the hub's libraries into errors that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import InputError, NotFoundError, UnavailableError


@contextmanager
def hub_errors_in_words(dataset_id: str) -> Iterator[None]:
    """Raises UnavailableError, NotFoundError or InputError in place of what the libraries raise."""
    import httpx2
    from datasets.exceptions import DatasetNotFoundError, DatasetsError
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        yield
    except GatedRepoError as error:
        raise UnavailableError(
            f"{dataset_id} is gated: its owner must grant you access first.",
            "Request access on its hub page, then enter your token under Settings or set HF_TOKEN.",
        ) from error
    except (RepositoryNotFoundError, DatasetNotFoundError) as error:
        raise NotFoundError(
            f"The Hugging Face hub has no dataset {dataset_id!r} that you may read.",
            "Check the id; if it is private, enter your token under Settings or set HF_TOKEN.",
        ) from error
    except (httpx2.HTTPError, ConnectionError) as error:
        raise UnavailableError(
            f"{dataset_id} could not be loaded, because the Hugging Face hub cannot be reached.",
            "Check the network connection and that HF_HUB_OFFLINE is not set; or upload a file of the dataset that you "
            "downloaded elsewhere; or start with samples.",
        ) from error
    except (DatasetsError, FileNotFoundError, ValueError, RuntimeError) as error:
        # The configuration is missing or wrong (the message lists them), or there is no data, or only a script.
        raise InputError(
            f"{dataset_id} cannot be loaded: {str(error).strip()[:400]}",
            "To choose a part of a dataset, write owner/name:part; or download a file of it and upload that.",
        ) from error
