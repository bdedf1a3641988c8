"""LLaMA-Factory's `dataset_info.json`: which files in a folder are datasets, and what their columns and tags mean."""

import json
from collections.abc import Iterator
from pathlib import PurePosixPath

from core.data.reading.content import Content
from core.data.reading.opened import Opened
from core.errors import InputError
from core.examples.paths import opened

NAME = "dataset_info.json"
_MOST_BYTES = 8 << 20
_ROLES = {
    "prompt": "instruction", "query": "input", "response": "output", "history": "history", "system": "system",
    "tools": "tools", "messages": "messages", "chosen": "chosen", "rejected": "rejected", "kto_tag": "label",
}  # fmt: skip
_MEDIA = ("images", "videos", "audios")
_USUAL = {
    "alpaca": {"prompt": "instruction", "query": "input", "response": "output"},
    "sharegpt": {"messages": "conversations"},
}
_USUAL_TAGS = {
    "role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt",
    "observation_tag": "observation", "function_tag": "function_call", "system_tag": "system",
}  # fmt: skip
_SPEAKERS = {"user_tag": "user", "assistant_tag": "assistant", "observation_tag": "observation",
             "function_tag": "function_call", "system_tag": "system"}  # fmt: skip
_OF_MESSAGES = ("messages", "chosen", "rejected")


class Registry:
    """The entries of a `dataset_info.json`."""

    def __init__(self, entries: dict[str, dict]):
        self._entries = entries

    def _entry(self, file: Content) -> dict | None:
        path = PurePosixPath(file.name)
        for name, entry in self._entries.items():
            registered = PurePosixPath(name)
            if path == registered or registered in path.parents:
                return entry
        return None

    def missing(self, files: list[Content]) -> list[str]:
        """The listed files that do not exist."""
        paths = [PurePosixPath(file.name) for file in files]
        return [
            name for name in self._entries
            if not any(path == PurePosixPath(name) or PurePosixPath(name) in path.parents for path in paths)
        ]  # fmt: skip

    def read(self, file: Content, found: Opened) -> Opened:
        """`found` with only the listed columns, renamed to their roles. Raises InputError where none of them exists."""
        entry = self._entry(file)
        if entry is None:
            return found
        columns = {entry[1]: entry[0] for entry in self._columns(entry).items() if entry[1] in found.columns}
        if not columns:
            raise InputError(
                f"{NAME} lists columns that {file.name} does not have: "
                f"{', '.join(map(repr, self._columns(entry).values()))}; it has {', '.join(map(repr, found.columns))}.",
                f"Correct {NAME}, or remove it.",
            )
        left = [column for column in found.columns if column not in columns]
        if left:
            found.notes.append(f"columns not listed in {NAME} are not read: {', '.join(map(repr, left))}")
        found.notes.append(f"{file.name} is read as described in {NAME}")
        found.columns, found.spans = list(columns.values()), None
        found.rows = _renamed(found.rows, columns, _USUAL_TAGS | (entry.get("tags") or {}))
        return found

    def _columns(self, entry: dict) -> dict[str, str]:
        """The column of each known role, and of media, in a listed file."""
        formatting = entry.get("formatting") or "alpaca"
        listed = entry.get("columns") or _USUAL.get(formatting, {})
        if formatting == "sharegpt":
            listed = _USUAL["sharegpt"] | listed
        return {_ROLES.get(role, role): name for role, name in listed.items() if role in (*_ROLES, *_MEDIA) and name}


def registry_among(files: list[Content]) -> Registry | None:
    """The registry among the files of a bundle, if there is one. Raises InputError where it is not valid JSON."""
    found = next((file for file in files if PurePosixPath(file.name).name == NAME), None)
    if found is None:
        return None
    folder = PurePosixPath(found.name).parent
    try:
        content = json.loads(found.head(_MOST_BYTES))
    except ValueError as error:
        raise InputError(f"{found.name} is not valid JSON: {error}.", "Correct it, or remove it.") from None
    entries = content.values() if isinstance(content, dict) else []
    named = [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("file_name"), str)]
    return Registry({str(folder / entry["file_name"]): entry for entry in named})


def _renamed(rows: Iterator[tuple], columns: dict[str, str], tags: dict[str, str]) -> Iterator[tuple]:
    for number, values, *problem in rows:
        read = {columns[name]: value for name, value in values.items() if name in columns}
        for role in _OF_MESSAGES:
            if role in read:
                read[role] = _tagged(read[role], tags)
        yield number, read, *problem


def _tagged(value: object, tags: dict[str, str]) -> object:
    """Messages with their tags renamed to `role` and `content`."""
    value = opened(value)
    if isinstance(value, list):
        return [_tagged(part, tags) for part in value]
    if not isinstance(value, dict) or tags["role_tag"] not in value:
        return value
    said = {tags[tag]: speaker for tag, speaker in _SPEAKERS.items()}
    role = value[tags["role_tag"]]
    rest = {name: part for name, part in value.items() if name not in (tags["role_tag"], tags["content_tag"])}
    return {**rest, "role": said.get(role, role), "content": value.get(tags["content_tag"])}
