"""Many files read as one, a folder or an archive; and the single file, the simplest of them."""

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from core.data.reading.archives import is_hidden, is_tar, tar_members, zip_members
from core.data.reading.content import Content, Meter, file_content, unpacked
from core.data.reading.encoding import FORMATS_READ
from core.data.reading.formats import Opened, is_archive, open_content
from core.data.reading.limits import FOLDER_FILES
from core.data.reading.members import together
from core.data.reading.registry import NAME as REGISTRY
from core.data.reading.registry import registry_among
from core.data.reading.tables.json_columns import SPLIT_NAMES
from core.errors import InputError

_HEAD_BYTES = 512
_DOCUMENT = re.compile(r"\.(txt|text|md|markdown|rst|pdf|docx|html?|xhtml)(\.(gz|bz2|xz))?$", re.IGNORECASE)
_TABLE = re.compile(
    r"\.(csv|tsv|tab|jsonl?|ndjson|parquet|pq|arrow|feather|xlsx?|xlsm|xlsb|ods)(\.(gz|bz2|xz))?$", re.IGNORECASE
)
_STATE, _SHARD = "state.json", re.compile(r"(?!cache-).*\.arrow")
"""In a folder saved by `datasets`, what it notes of a split, and the names of its rows."""
_NAMES_NOTED = 10
_NOTES_OF_FILES = 20


def open_any(path: Path, meter: Meter) -> Opened:
    """The rows of a file, of a folder, or of an archive. Raises InputError that names the place; so do the rows."""
    if path.is_dir():
        return _open_many("folder", path.name, _folder_files(path, meter))
    content = file_content(path, path.name, meter)
    meter.total = content.size_bytes
    content, way = unpacked(content)
    head = content.head(_HEAD_BYTES)
    if is_tar(head):
        opened = _open_many("tar", path.name, tar_members(content))
    elif is_archive(content, head):
        opened = _open_many("zip", path.name, zip_members(content))
    else:
        opened = open_content(content)
    if way:
        opened.format = f"{opened.format}, {way}"
    return opened


def _folder_files(folder: Path, meter: Meter) -> list[Content]:
    """All plain files below `folder`; links that lead out of it are not followed."""
    files, real = [], folder.resolve()
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in sorted(names):
            path = Path(place, name)
            if is_hidden(name) or not path.is_file() or not path.resolve().is_relative_to(real):
                continue
            files.append(file_content(path, path.relative_to(folder).as_posix(), meter, meter.total))
            meter.total += files[-1].size_bytes
            if len(files) > FOLDER_FILES:
                raise InputError(
                    f"{folder.name} holds more than {FOLDER_FILES:,} files: too many before row 1.", "Pack them."
                )
    return files


def _open_many(form: str, name: str, files: list[Content]) -> Opened:
    """All tables of a bundle one after another or, where it holds none, all documents."""
    files = sorted((file for file in files if not is_hidden(file.name) and file.size_bytes), key=lambda file: file.name)
    saved = _saved_rows(files)
    files = saved or files
    registry = registry_among(files)
    files = [file for file in files if PurePosixPath(file.name).name != REGISTRY]
    tables = [file for file in files if _TABLE.search(file.name)]
    chosen = tables or [file for file in files if _DOCUMENT.search(file.name)] or files
    if not chosen:
        raise InputError(f"{name} holds no file to read: there is no row 1.", FORMATS_READ)
    read = {file.name for file in chosen}
    notes = _left_out("not read beside the others", [file.name for file in files if file.name not in read])
    if registry:
        notes += _left_out(f"named in {REGISTRY} and not there", registry.missing(files))

    def open_file(file: Content, as_document: bool) -> Opened:
        opened = _open_member(file, as_document)
        return registry.read(file, opened) if registry else opened

    renames, are_documents, first = {}, False, max(chosen, key=lambda file: file.size_bytes)
    if not saved:
        found = together(chosen, open_file, bool(tables))
        chosen, renames, are_documents, first = found.files, found.renames, found.are_documents, found.first.file
        notes += found.notes
    opened = open_file(first, are_documents)
    labels = [] if saved else ["source"]  # its files are no documents: rows of one need not stay together
    labels += ["split"] if any(map(_split_of, chosen)) else []
    columns = [*opened.columns, *(label for label in labels if label not in opened.columns)]
    many = Opened(f"{form} of {opened.format}", columns, iter(()), opened.encoding, notes=notes)
    many.facts = {"kind": "folder" if form == "folder" else "archive", "files": len(chosen)}
    members = _Members(partial(open_file, as_document=are_documents), renames, bool(tables), labels, notes)
    many.rows = members.rows_of(chosen, set(opened.columns))
    return many


def _saved_rows(files: list[Content]) -> list[Content]:
    """Of a folder that the library `datasets` saved, the files of its rows: not what it notes of them, or has cached.

    Nothing where this is no such folder.
    """
    if not any(PurePosixPath(file.name).name == _STATE for file in files):
        return []
    return [file for file in files if _SHARD.fullmatch(PurePosixPath(file.name).name)]


class _Members:
    """Reads the files of a bundle one after another, and notes what could not be read."""

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
        """What the files say of themselves."""

    def rows_of(self, files: list[Content], columns: set[str]) -> Iterator[tuple]:
        """Rows numbered from file to file on, each with the file it is from and the split that this is called after."""
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
                unread[file.name] = error  # one document that is locked or holds pictures only costs no other
        if unread and not last:
            raise next(iter(unread.values()))
        self._notes += [f"{name} was left out: {error.message}" for name, error in list(unread.items())[:_NAMES_NOTED]]
        self._notes += _left_out("has other columns than the rest", different)
        more = len(self._told) - _NOTES_OF_FILES
        self._notes += [
            *self._told[:_NOTES_OF_FILES],
            *([f"and {more} notes more on single files"] if more > 0 else []),
        ]

    def _renamed(self, file: Content, column: str) -> str:
        return self._renames.get(file.name, {}).get(column, column)

    def _labelled(self, file: Content, values: dict) -> dict:
        if file.name in self._renames:
            values = {self._renamed(file, column): value for column, value in values.items()}
        if "source" in self._labels:
            values.setdefault("source", file.name)
        if split := _split_of(file):
            values.setdefault("split", split)
        return values

    def _tell(self, file: Content, notes: list[str]) -> None:
        name = PurePosixPath(file.name).name
        self._told += [note if name in note else f"{file.name}: {note}" for note in notes]


def _open_member(file: Content, as_document: bool) -> Opened:
    content, _ = unpacked(file) if file.path else (file, None)
    head = content.head(_HEAD_BYTES)
    if is_tar(head) or is_archive(content, head):
        raise InputError(f"{file.name} is an archive in another one, by its first 4 bytes.", "Unpack it first.")
    return open_content(content, as_document)


def _split_of(file: Content) -> str | None:
    """The split that a table's name speaks of, or that a file or its folder is called after."""
    path = PurePosixPath(file.name.replace("\\", "/").lower())
    words = re.findall("[a-z]+", path.name) if _TABLE.search(file.name) else [path.stem]
    named = {SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES}
    return named.pop() if len(named) == 1 else SPLIT_NAMES.get(path.parent.name)


def _left_out(why: str, names: list[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - _NAMES_NOTED} more" if len(names) > _NAMES_NOTED else ""
    return [f"left out, {why}: {', '.join(names[:_NAMES_NOTED])}{more}"]
