"""The index of an evaluation's answers, opened: columns as arrays, a search, and rows one by one."""

import io
import json
import zipfile
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np

from core.evaluation.browsing.making import (
    ABOUT,
    INDEX_FILE,
    NO_ANSWER,
    SLICES,
    TEXTS,
    VERSION,
    identity_of,
    searchable,
    write_index,
)
from core.evaluation.browsing.stored_rows import read_row, stored_rows
from core.specs.results.evaluate import Prediction

_SMALL_BYTES = 1 << 20
"""A file up to this size is indexed anew each time it is opened, which takes a tenth of a second."""
_PIECE_BYTES = 4 << 20


class AnswerIndex:
    """What the answers of a predictions.json are sorted, filtered and searched by. A place is a row's, from 0.

    Arrays have a value per row. Raises OSError, ValueError or KeyError where the file is gone or unreadable.
    """

    def __init__(self, predictions: Path, source: Path | BinaryIO):
        self._predictions = predictions
        self._file = zipfile.ZipFile(source)
        about = json.loads(self._file.read(ABOUT))
        self.count: int = about["count"]
        self.is_current = about["version"] == VERSION and about["of"] == identity_of(predictions)
        """Whether it is the index of the file as it is now."""
        self._numbers = {name: number for number, name in enumerate(about["columns"])}
        self._names: dict[str, list[str]] = about["names"]
        self.tags: list[str] = about["tags"]
        self._read: dict[str, np.ndarray] = {}

    @property
    def models(self) -> list[str]:
        """The names of those that answered."""
        return [name.removeprefix("answer/") for name in self._numbers if name.startswith("answer/")]

    def metrics(self, model: str) -> list[str]:
        """The metrics that some answer of the model has."""
        start = f"score/{model}/"
        return [name.removeprefix(start) for name in self._numbers if name.startswith(start)]

    def values(self, slice_name: str) -> list[str]:
        """The different values of `split`, `topic` or `source`; "" where a row has none."""
        return self._names[slice_name]

    def scores(self, model: str, metric: str) -> np.ndarray:
        """Not a number where the metric does not apply."""
        name = f"score/{model}/{metric}"
        return self._column(name) if name in self._numbers else np.full(self.count, np.nan, np.float32)

    def answers(self, model: str) -> np.ndarray:
        """A number for each answer without its reasoning, equal for equal answers; NO_ANSWER where there is none."""
        name = f"answer/{model}"
        return self._column(name) if name in self._numbers else np.full(self.count, NO_ANSWER)

    @property
    def references(self) -> np.ndarray:
        """A number for each reference, equal for references equal but for case and punctuation around them."""
        return self._column("reference")

    def words(self, of: str) -> np.ndarray:
        """How long the `question` or the `reference` is; in scripts without spaces a character counts as a word."""
        return self._column(f"{of}_words")

    def having(self, slice_name: str, *values: str) -> np.ndarray:
        """Which rows have one of these values of `split`, `topic` or `source`."""
        known = [number for number, name in enumerate(self._names[slice_name]) if name in values]
        return np.isin(self._column(slice_name), known)

    def tagged(self, tag: str) -> np.ndarray:
        """Which rows the dataset tags so."""
        found = np.zeros(self.count, bool)
        if tag in self.tags:
            found[self._array(f"tag-{self.tags.index(tag)}.npy")] = True
        return found

    def containing(self, text: str) -> np.ndarray:
        """Which rows hold a text in what was asked, the reference or an answer, whatever the case."""
        found, wanted = np.zeros(self.count, bool), searchable(text).encode(errors="surrogatepass")
        if not (wanted and self.count):
            return found
        starts, base, rest = self._column("text"), 0, b""
        with self._file.open(TEXTS) as texts:
            while piece := texts.read(_PIECE_BYTES):
                piece = rest + piece
                at = piece.find(wanted)
                while at >= 0:
                    place = int(np.searchsorted(starts, base + at, side="right")) - 1
                    found[place] = True
                    following = piece.find(b"\n", at)
                    at = piece.find(wanted, following) if following >= 0 else -1
                whole = piece.rfind(b"\n") + 1
                base, rest = base + whole, piece[whole:]
        return found

    def row(self, place: int) -> Prediction:
        """The row at a place."""
        return next(iter(self.rows([place])))

    def rows(self, places: Iterable[int]) -> list[Prediction]:
        """The rows at these places, in their order. Raises OSError or ValueError."""
        with self._predictions.open("rb") as file:
            offsets, sizes = self._column("offset"), self._column("bytes")
            return [read_row(file, int(offsets[place]), int(sizes[place])) for place in places]

    def _column(self, name: str) -> np.ndarray:
        """A column by name; of no rows there are none."""
        return self._array(f"{self._numbers[name]}.npy") if self.count else np.zeros(0, np.int64)

    def _array(self, member: str) -> np.ndarray:
        if member not in self._read:
            with self._file.open(member) as file:
                self._read[member] = np.lib.format.read_array(file, allow_pickle=False)
        return self._read[member]

    @cached_property
    def slices(self) -> dict[str, list[str]]:
        """The values to choose from: those of a slice of which there are several."""
        return {name: self._names[name] for name in SLICES if len(self._names[name]) > 1}


def open_index(predictions: Path) -> AnswerIndex | None:
    """The index of this file; None where it is large and has none yet, see `making.keep_index`.

    Raises OSError or ValueError where the file is gone or unreadable.
    """
    kept = predictions.with_name(INDEX_FILE)
    if kept.exists():
        try:
            found = AnswerIndex(predictions, kept)
        except (ValueError, KeyError, zipfile.BadZipFile):
            pass  # half copied, or of another version: made again
        else:
            if found.is_current:
                return found
    if identity_of(predictions)["size_bytes"] > _SMALL_BYTES:
        return None
    made = io.BytesIO()
    with predictions.open("rb") as file:
        write_index(made, stored_rows(file), identity_of(predictions))
    return AnswerIndex(predictions, made)


__all__ = ["NO_ANSWER", "AnswerIndex", "identity_of", "open_index"]
