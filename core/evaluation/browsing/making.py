"""Makes the index of an evaluation's answers: what they are sorted, filtered and searched by.

`predictions.index` is a zip file of NumPy arrays, one a column, each read alone: a page that sorts 100,000 examples by
one metric reads 400 KB, not the answers. It also holds all texts, case-folded, one example a line, for search.

usage: python -m core.evaluation.browsing.making PREDICTIONS_FILE
"""

import hashlib
import io
import json
import sys
import tempfile
import zipfile
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO
from unicodedata import normalize

import numpy as np

from core.errors import CorruptArtifactError
from core.evaluation.browsing.asked_again import asked_in_full
from core.evaluation.browsing.stored_rows import StoredRow, stored_rows
from core.evaluation.metrics.words import pieces, plain, without_reasoning
from core.full_disk import naming_full_disks
from core.processes.reported_failure import run_and_report

INDEX_FILE, ABOUT, TEXTS = "predictions.index", "about.json", "texts.txt"
VERSION = 2
NO_ANSWER = 0
SLICES = ("split", "topic", "source")
_BETWEEN = "\x1f"
"""Between the texts of an example, so that no search finds the end of one with the beginning of the next."""
_TOLD_EVERY = 500


def code_of(text: str) -> int:
    """A number for a text, never `NO_ANSWER`: equal for equal texts, and by chance once in 10^19."""
    digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True) or 1


def searchable(text: str) -> str:
    """A text as it is searched: on one line, whatever its case and how its characters are encoded (NFKC)."""
    return " ".join(normalize("NFKC", text).casefold().split())


def identity_of(predictions: Path) -> dict[str, int]:
    """What tells whether an index is of this file as it is now. Raises OSError."""
    found = predictions.stat()
    return {"size_bytes": found.st_size, "modified_ns": found.st_mtime_ns}


def write_index(
    target: Path | BinaryIO, rows: Iterable[StoredRow], identity: dict[str, int], told: Callable[[int], None] = int
) -> None:
    """Write the index of `rows`; `told` gets the offset that was reached, now and then. Raises what `rows` raise."""
    columns, names = _Columns(), {name: {} for name in SLICES}
    tags: dict[str, array] = defaultdict(lambda: array("i"))
    # Beside the index: the folder of temporary files may be small, and in memory.
    with tempfile.TemporaryFile(dir=target.parent) if isinstance(target, Path) else io.BytesIO() as texts:
        for place, (offset, size_bytes, row) in enumerate(rows):
            if place % _TOLD_EVERY == 0:
                told(offset)
            reference = without_reasoning(row.reference)
            columns.add("offset", "q", place, offset)
            columns.add("bytes", "q", place, size_bytes)
            columns.add("question_words", "i", place, len(pieces(row.instruction)) + len(pieces(row.input)))
            columns.add("reference_words", "i", place, len(pieces(reference)))
            columns.add("reference", "q", place, code_of(plain(reference)))
            for name, known in names.items():
                columns.add(name, "i", place, known.setdefault(getattr(row, name), len(known)))
            for tag in row.tags:
                tags[tag].append(place)
            for model, answer in row.predictions.items():
                columns.add(f"answer/{model}", "q", place, code_of(without_reasoning(answer).strip()))
            for model, scores in row.scores.items():
                for metric, value in scores.items():
                    columns.add(f"score/{model}/{metric}", "f", place, value)
            columns.add("text", "q", place, texts.tell())
            asked = [text for _, text in asked_in_full(row)]
            said = (row.instruction, row.input, *asked, row.reference, *row.predictions.values())
            texts.write(_BETWEEN.join(map(searchable, said)).encode(errors="surrogatepass") + b"\n")
        count = len(columns.filled.get("offset", ()))
        about = {
            "version": VERSION, "of": identity, "count": count, "columns": [*columns.filled],
            "names": {key: [*known] for key, known in names.items()}, "tags": [*tags],
        }  # fmt: skip
        texts.seek(0)
        with zipfile.ZipFile(target, "w") as file:
            file.writestr(ABOUT, json.dumps(about, ensure_ascii=False))
            for number, column in enumerate(columns.filled.values()):
                _put(file, f"{number}.npy", columns.whole(column, count))
            for number, places in enumerate(tags.values()):
                _put(file, f"tag-{number}.npy", np.array(places))
            with file.open(TEXTS, "w", force_zip64=True) as member:
                while piece := texts.read(1 << 20):
                    member.write(piece)


class _Columns:
    """Columns that grow by a value an example; what an example lacks is `NO_ANSWER`, of scores not a number."""

    def __init__(self) -> None:
        self.filled: dict[str, array] = {}

    def add(self, name: str, kind: str, place: int, value: float) -> None:
        column = self.filled.setdefault(name, array(kind))
        column.extend([self._missing(column)] * (place - len(column)))
        column.append(value)

    def whole(self, column: array, count: int) -> np.ndarray:
        column.extend([self._missing(column)] * (count - len(column)))
        return np.array(column)

    @staticmethod
    def _missing(column: array) -> float:
        return float("nan") if column.typecode == "f" else NO_ANSWER


def _put(file: zipfile.ZipFile, name: str, values: np.ndarray) -> None:
    with file.open(name, "w") as member:
        np.lib.format.write_array(member, values, allow_pickle=False)


def keep_index(predictions: Path, told: Callable[[int], None] = int) -> None:
    """Make the index of a file and keep it beside that, in place of an older one.

    Raises OSError or ValueError if the file is gone or unreadable, and DiskFullError.
    """
    final = predictions.with_name(INDEX_FILE)
    identity = identity_of(predictions)
    with tempfile.TemporaryDirectory(prefix=f".{INDEX_FILE}.", suffix=".partial", dir=final.parent) as folder:
        staged = Path(folder, INDEX_FILE)
        with naming_full_disks(final, staged), predictions.open("rb") as file:
            write_index(staged, stored_rows(file), identity, told)
        staged.replace(final)


def _main() -> None:
    path = Path(sys.argv[1])
    whole = max(1, path.stat().st_size)
    try:
        keep_index(path, lambda offset: print(offset / whole, flush=True))
    except ValueError as error:
        raise CorruptArtifactError(f"{path} cannot be read: {error}.", "Evaluate again.") from error


if __name__ == "__main__":
    sys.exit(run_and_report(_main))
