"""The kinds of files that are read and written, by the ends of their names, and a first look at whether one is so.

Light: the standard library only, so that an upload can be refused before it is whole.
"""

from enum import StrEnum

TEXT_SUFFIXES = (
    ".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".txt", ".md", ".markdown", ".html", ".htm", ".xml",
)  # fmt: skip
BINARY_SUFFIXES = (
    ".parquet", ".arrow", ".feather", ".xlsx", ".xlsb", ".xls", ".ods", ".pdf", ".docx", ".zip", ".tar", ".tgz",
)  # fmt: skip
PACKED_SUFFIXES = (".gz", ".bz2", ".xz")
"""Of one compressed file: `.csv.gz`, or plain `.gz`."""
SUFFIXES = TEXT_SUFFIXES + BINARY_SUFFIXES + PACKED_SUFFIXES

HEAD_BYTES = 4096
_BEGINNINGS = {
    ".parquet": b"PAR1", ".arrow": (b"ARROW1", b"\xff\xff\xff\xff"), ".feather": b"ARROW1",
    ".xlsx": b"PK", ".xlsb": b"PK", ".xls": b"\xd0\xcf\x11\xe0", ".ods": b"PK", ".docx": b"PK",
    ".zip": b"PK", ".tgz": b"\x1f\x8b", ".gz": b"\x1f\x8b", ".bz2": b"BZh", ".xz": b"\xfd7zXZ\x00",
}  # fmt: skip
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def readable_suffix(filename: str) -> str | None:
    """The suffix of a file that is read, in lower case, with what it is inside when compressed; None for any other."""
    name = filename.lower()
    suffix = next((suffix for suffix in SUFFIXES if name.endswith(suffix)), None)
    if suffix in PACKED_SUFFIXES:
        inner = name.removesuffix(suffix)
        return next((inside for inside in TEXT_SUFFIXES + BINARY_SUFFIXES if inner.endswith(inside)), "") + suffix
    return suffix


def could_be(suffix: str, head: bytes) -> bool:
    """Whether a file that begins with `head` (HEAD_BYTES of it) can be what its suffix says."""
    last = "." + suffix.rpartition(".")[2]
    if last == ".pdf":
        return b"%PDF-" in head[:1024]
    if last == ".tar":
        return head[257:262] == b"ustar"
    if last in _BEGINNINGS:
        return head.startswith(_BEGINNINGS[last])
    return _could_be_text(head)


def _could_be_text(head: bytes) -> bool:
    """Text of two bytes a character has its NULs all at odd places, or all at even ones; other text has none."""
    return head.startswith(_WIDE_MARKS) or not (b"\0" in head[::2] and b"\0" in head[1::2])


class ExportFormat(StrEnum):
    """What a dataset can be taken along as; see `core.data.store.exporting`."""

    JSONL = "jsonl"
    PARQUET = "parquet"
    CSV = "csv"
    DATASETDICT = "datasetdict"

    @property
    def ending(self) -> str:
        """How the names of such files end."""
        return "_dataset.zip" if self is ExportFormat.DATASETDICT else f".{self}"
