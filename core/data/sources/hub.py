"""Reads a dataset of the Hugging Face hub, or says at once and in words why that is not possible.

`python -m core.data.sources.hub NAME COUNT FILE` writes its first rows as JSON lines, in a process of its own.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from core.data.rows import Row, Source
from core.errors import InputError, NotFoundError, UnavailableError
from core.examples.texts import text_of
from core.full_disk import naming_full_disks
from core.models.hub_address import check_hub_address
from core.processes import errands

_ID = re.compile(r"(?P<id>[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?)(:(?P<part>[\w.-]{1,95}))?")
_SECONDS_TO_ANSWER = 10


def open_hub(name: str, limit: int | None) -> Source:
    """The rows of the hub dataset `owner/name`, or of its part (hub: configuration) `owner/name:part`.

    Its training split is read. With a limit the rows are streamed, so that no more is fetched than is needed. Raises
    InputError, NotFoundError, or UnavailableError where the hub does not answer; so do the rows.
    """
    match = _ID.fullmatch(name)
    if not match or ".." in name:
        raise InputError(f"{name[:100]!r} is no dataset id of the Hugging Face hub.", "Give it as owner/name.")
    if Path(match["id"]).exists():
        raise InputError(f"{match['id']} is also a file or folder here.", "Bring a local file as a file.")
    check_hub_address()
    with _failures_in_words(match["id"]):
        data, split, size = _load(match["id"], match["part"], limit)
        columns = list(data.column_names or next(iter(data), {}))
    facts = {"kind": "hub", "dataset": match["id"], "part": match["part"], "split": split}
    read = [0]

    def rows() -> Iterator[Row]:
        with _failures_in_words(match["id"]):
            for read[0], values in enumerate(data, start=1):
                yield Row(read[0], values)

    return Source(facts, columns, rows(), position=lambda: (read[0], max(read[0], size or limit or 0)))


def _load(dataset_id: str, part: str | None, limit: int | None):
    """The dataset, the split it is, and its rows where the hub knows how many."""
    import datasets
    from huggingface_hub import HfApi, constants

    offline = constants.is_offline_mode()
    if not offline:  # asked first, as `load_dataset` tries again and again for half a minute
        HfApi().dataset_info(dataset_id, timeout=_SECONDS_TO_ANSWER)
    splits = datasets.get_dataset_split_names(dataset_id, part)
    split = "train" if "train" in splits else splits[0]
    data = datasets.load_dataset(dataset_id, part, split=split, streaming=limit is not None and not offline)
    return data, split, data.info.splits[split].num_examples if data.info.splits else None


@contextmanager
def _failures_in_words(dataset_id: str) -> Iterator[None]:
    import httpx2
    from datasets.exceptions import DatasetNotFoundError, DatasetsError
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        yield
    except GatedRepoError as error:
        raise UnavailableError(
            f"{dataset_id} is only for people whom its owner let in.",
            "Ask on its hub page, then give your token under Settings, or as HF_TOKEN.",
        ) from error
    except (RepositoryNotFoundError, DatasetNotFoundError) as error:
        raise NotFoundError(
            f"The Hugging Face hub has no dataset {dataset_id!r} that this user may read.",
            "Check the id; for a private dataset give your token under Settings, or as HF_TOKEN.",
        ) from error
    except (httpx2.HTTPError, ConnectionError) as error:
        raise UnavailableError(
            f"The Hugging Face hub could not be reached, so {dataset_id} could not be loaded.",
            "Check the network and that HF_HUB_OFFLINE is not set; or fetch a file of it elsewhere and "
            "bring that; or try samples.",
        ) from error
    except (DatasetsError, FileNotFoundError, ValueError, RuntimeError) as error:
        # The part is missing or wrong (the message lists the parts), there are no data files, or only a script.
        raise InputError(
            f"{dataset_id} cannot be loaded: {str(error).strip()[:400]}",
            "A part of a dataset is named with a colon, as in owner/name:part; or fetch a file of it and bring that.",
        ) from error


def write_head(name: str, count: int, file: Path) -> None:
    """Write the first `count` rows of a dataset to `file`; pictures and sounds as nothing. Raises as `open_hub`."""
    lines = [json.dumps(row.values, default=text_of) + "\n" for row in islice(open_hub(name, count).rows, count)]
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    try:
        with naming_full_disks(file, partial):
            partial.write_text("".join(lines), encoding="utf-8")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(errands.run(lambda: write_head(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))
