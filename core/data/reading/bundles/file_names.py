"""What file names in a bundle say: table or document, and which split."""

import re
from pathlib import PurePosixPath

from core.data.reading.content import Content
from core.data.reading.tables.json_columns import SPLIT_NAMES

DOCUMENT = re.compile(r"\.(txt|text|md|markdown|rst|pdf|docx|html?|xhtml)(\.(gz|bz2|xz))?$", re.IGNORECASE)
TABLE = re.compile(
    r"\.(csv|tsv|tab|jsonl?|ndjson|parquet|pq|arrow|feather|xlsx?|xlsm|xlsb|ods)(\.(gz|bz2|xz))?$", re.IGNORECASE
)


def split_of(file: Content) -> str | None:
    """The split named in a table's file name, else by a whole file name or folder name; None for no or several."""
    path = PurePosixPath(file.name.replace("\\", "/").lower())
    words = re.findall("[a-z]+", path.name) if TABLE.search(file.name) else [path.stem]
    named = {SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES}
    return named.pop() if len(named) == 1 else SPLIT_NAMES.get(path.parent.name)
