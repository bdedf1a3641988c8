"""The rows of all files in a bundle, in one stream."""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from core.data.reading.bundles.file_names import split_of
from core.data.reading.bundles.selection import NAMES_NOTED, left_out
from core.data.reading.content import Content
from core.data.reading.opened import Opened
from core.errors import InputError

_NOTES_OF_FILES = 20


class MemberRows:
    """Reads the files of a bundle one after another, and notes those that cannot be read."""

    def __init__(
        self,
        open_file: Callable[[Content], Opened],
        renames: dict[str, dict[str, str]],
        are_tables: bool,
        labels: list[str],
        notes: list[str],
    ):
        self._open, self._renames, self._are_tables = open_file, renames, are_tables
        self._labels, self._notes = labels, notes
        self._told: list[str] = []
        """Notes on single files."""

    def rows_of(self, files: list[Content], columns: set[str]) -> Iterator[tuple]:
        """The rows of all files, numbered throughout, each with its file as `source` and the split its name tells."""
        last, unread, different = 0, {}, []
        for file in files:
            base = last
            try:
                opened = self._open(file)
                if not columns & {self._renamed(file, column) for column in opened.columns}:
                    different.append(file.name)
                    continue
                for number, values, *problem in opened.rows:
                    last = base + number
                    yield last, values if problem else self._labelled(file, values), *problem
                self._tell(file, opened.notes)
            except InputError as error:
                if self._are_tables:
                    raise
                unread[file.name] = error  # one locked or scanned document does not stop the rest
        if unread and not last:
            raise next(iter(unread.values()))
        self._notes += [f"{name} was left out: {error.message}" for name, error in list(unread.items())[:NAMES_NOTED]]
        self._notes += left_out("its columns differ from the rest", different)
        more = len(self._told) - _NOTES_OF_FILES
        self._notes += [
            *self._told[:_NOTES_OF_FILES],
            *([f"and {more} more notes on single files"] if more > 0 else []),
        ]

    def _renamed(self, file: Content, column: str) -> str:
        return self._renames.get(file.name, {}).get(column, column)

    def _labelled(self, file: Content, values: dict) -> dict:
        if file.name in self._renames:
            values = {self._renamed(file, column): value for column, value in values.items()}
        if "source" in self._labels:
            values.setdefault("source", file.name)
        if split := split_of(file):
            values.setdefault("split", split)
        return values

    def _tell(self, file: Content, notes: list[str]) -> None:
        name = PurePosixPath(file.name).name
        self._told += [note if name in note else f"{file.name}: {note}" for note in notes]
