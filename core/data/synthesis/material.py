"""What examples are written about: the passages of documents, or the training rows of a dataset.

Kept in a file beside the output, so that a resumed job finds the same items under the same numbers even if a document
has changed, and so that memory use does not grow with the documents.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from core.data.reading import open_path
from core.data.store.datasets import read_split
from core.data.synthesis.chunking import passages
from core.errors import InputError
from core.examples.example import shape_of
from core.full_disk import naming_full_disks
from core.specs import Shape, Split, SynthesizeSpec


@dataclass(frozen=True)
class Item:
    """A passage with its document and place, or an example with an empty `text`."""

    text: str
    source: str
    place: int
    example: dict[str, str] | None = None


class Material:
    """The items, by number from 0."""

    def __init__(self, path: Path):
        self._file = path.open("rb")
        self._starts = [0]
        for line in self._file:
            self._starts.append(self._starts[-1] + len(line))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: int) -> Item:
        self._file.seek(self._starts[number])
        return Item(**json.loads(self._file.read(self._starts[number + 1] - self._starts[number])))

    def close(self) -> None:
        self._file.close()


def gather(spec: SynthesizeSpec, path: Path) -> Material:
    """The material of `spec`, written to `path` unless that exists.

    Raises InputError when there is nothing to write about, and what reading the documents or the dataset raises.
    """
    if not path.exists():
        partial = path.with_suffix(".partial")
        with naming_full_disks(path, partial), partial.open("w", encoding="utf-8") as file:
            for item in _items(spec):
                file.write(json.dumps(asdict(item), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    material = Material(path)
    if not len(material):
        raise InputError(
            "The documents or the dataset contain no text to write about.",
            "Give documents with text (a scanned PDF has only images), or a dataset with training rows.",
        )
    return material


def _items(spec: SynthesizeSpec) -> Iterator[Item]:
    if spec.dataset:
        for number, row in enumerate(read_split(spec.dataset, Split.TRAIN), start=1):
            example = {column: value for column, value in row.items() if isinstance(value, str)}
            if shape_of(example) is Shape.TEXT:
                raise InputError(
                    "A dataset of plain text has no questions to vary.", "Vary a dataset of questions or chats."
                )
            yield Item("", f"row {row.get('row', number)}", number, example)
        return
    for document in spec.documents:
        for passage in passages(_texts(Path(document)), spec.chunk_words):
            yield Item(passage.text, passage.source, passage.place)


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """The texts in a file or folder, each with the name of its document."""
    for row in open_path(path).rows:
        text = row.values.get("text")
        if isinstance(text, str) and text.strip():
            yield text, str(row.values.get("source") or path.name)
