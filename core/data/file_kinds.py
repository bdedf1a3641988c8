"""The file types that are read and written, by suffix, and a first check of a file's content against its suffix.

Imports the standard library only, so that the web process can refuse an upload after its first bytes.
"""

from enum import StrEnum

TEXT_SUFFIXES = (
    ".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".txt", ".md", ".markdown", ".html", ".htm", ".xml",
)  # fmt: skip
BINARY_SUFFIXES = (
    ".parquet", ".arrow", ".feather", ".xlsx", ".xlsb", ".xls", ".ods", ".pdf", ".docx", ".zip", ".tar", ".tgz",
)  # fmt: skip
PACKED_SUFFIXES = (".gz", ".bz2", ".xz")
"""A single compressed file: `.csv.gz`, or just `.gz`."""
SUFFIXES = TEXT_SUFFIXES + BINARY_SUFFIXES + PACKED_SUFFIXES

HEAD_BYTES = 4096
_BEGINNINGS = {
    ".parquet": b"PAR1", ".arrow": (b"ARROW1", b"\xff\xff\xff\xff"), ".feather": b"ARROW1",
    ".xlsx": b"PK", ".xlsb": b"PK", ".xls": b"\xd0\xcf\x11\xe0", ".ods": b"PK", ".docx": b"PK",
    ".zip": b"PK", ".tgz": b"\x1f\x8b", ".gz": b"\x1f\x8b", ".bz2": b"BZh", ".xz": b"\xfd7zXZ\x00",
}  # fmt: skip
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def readable_suffix(filename: str) -> str | None:
    """The lower-case suffix of a readable file, including the inner one if compressed (`.csv.gz`); None otherwise."""
    name = filename.lower()
    suffix = next((suffix for suffix in SUFFIXES if name.endswith(suffix)), None)
    if suffix in PACKED_SUFFIXES:
        inner = name.removesuffix(suffix)
        return next((inside for inside in TEXT_SUFFIXES + BINARY_SUFFIXES if inner.endswith(inside)), "") + suffix
    return suffix


def could_be(suffix: str, head: bytes) -> bool:
    """Whether a file whose first HEAD_BYTES are `head` can be what its suffix says."""
    last = "." + suffix.rpartition(".")[2]
    if last == ".pdf":
        return b"%PDF-" in head[:1024]
    if last == ".tar":
        return head[257:262] == b"ustar"
    if last in _BEGINNINGS:
        return head.startswith(_BEGINNINGS[last])
    return _could_be_text(head)


def _could_be_text(head: bytes) -> bool:
    """UTF-16 text has NULs only at even or only at odd offsets, and other text has none."""
    return head.startswith(_WIDE_MARKS) or not (b"\0" in head[::2] and b"\0" in head[1::2])


class ExportFormat(StrEnum):
    """The formats that a dataset can be downloaded in; see `core.data.store.exporting`."""

    JSONL = "jsonl"
    PARQUET = "parquet"
    CSV = "csv"
    DATASETDICT = "datasetdict"

    @property
    def ending(self) -> str:
        """How the names of such files end."""
        return "_dataset.zip" if self is ExportFormat.DATASETDICT else f".{self}"
