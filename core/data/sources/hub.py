"""Reads a dataset from the Hugging Face hub, or explains within seconds why it cannot.

`python -m core.data.sources.hub NAME COUNT FILE` writes its first rows to a file as JSON lines.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from core.data.rows import Row, Source
from core.data.sources.hub_errors import hub_errors_in_words
from core.errors import InputError
from core.examples.texts import text_of
from core.full_disk import naming_full_disks
from core.models.hub.address import check_hub_address
from core.processes.reported_failure import run_and_report
from core.specs.names import is_hub_id

_PART = re.compile(r"[\w.-]{1,95}")
_SECONDS_TO_ANSWER = 10


def open_hub(name: str, limit: int | None) -> Source:
    """The rows of the hub dataset `owner/name`, or of one of its configurations as `owner/name:part`.

    Reads the training split, or else the first one. With a limit, rows are streamed instead of downloading the whole
    dataset. Raises InputError, NotFoundError or UnavailableError; so does iterating over the rows.
    """
    dataset_id, colon, part = name.partition(":")
    if not is_hub_id(dataset_id) or (colon and not _PART.fullmatch(part)):
        raise InputError(f"{name[:100]!r} is not a dataset id of the Hugging Face hub.", "Write it as owner/name.")
    if Path(dataset_id).exists():
        raise InputError(f"{dataset_id} is also a file or folder here.", "To use the local one, choose it as a file.")
    check_hub_address()
    with hub_errors_in_words(dataset_id):
        data, split, size = _load(dataset_id, part or None, limit)
        columns = list(data.column_names or next(iter(data), {}))
    facts = {"kind": "hub", "dataset": dataset_id, "part": part or None, "split": split}
    read = [0]

    def rows() -> Iterator[Row]:
        with hub_errors_in_words(dataset_id):
            for read[0], values in enumerate(data, start=1):
                yield Row(read[0], values)

    return Source(facts, columns, rows(), position=lambda: (read[0], max(read[0], size or limit or 0)))


def _load(dataset_id: str, part: str | None, limit: int | None):
    """The dataset, the name of its split, and the number of rows if the hub knows it."""
    import datasets
    from huggingface_hub import HfApi, constants

    offline = constants.is_offline_mode()
    if not offline:  # ask first: `load_dataset` retries for half a minute before it gives up
        HfApi().dataset_info(dataset_id, timeout=_SECONDS_TO_ANSWER)
    splits = datasets.get_dataset_split_names(dataset_id, part)
    split = "train" if "train" in splits else splits[0]
    data = datasets.load_dataset(dataset_id, part, split=split, streaming=limit is not None and not offline)
    return data, split, data.info.splits[split].num_examples if data.info.splits else None


def write_head(name: str, count: int, file: Path) -> None:
    """Write the first `count` rows of a dataset to `file`, media left empty. Raises what `open_hub` raises."""
    lines = [json.dumps(row.values, default=text_of) + "\n" for row in islice(open_hub(name, count).rows, count)]
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    try:
        with naming_full_disks(file, partial):
            partial.write_text("".join(lines), encoding="utf-8")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(run_and_report(lambda: write_head(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))
