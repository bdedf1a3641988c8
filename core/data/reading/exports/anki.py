"""Anki's text export: a table of cards below header lines such as `#separator:tab`."""

import csv
import re
from collections.abc import Iterator

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import Encoding
from core.data.reading.exports.export import ExportNotes, Rows, TextExport
from core.data.reading.exports.markup import has_pictures, plain_text
from core.data.reading.limits import ROW_BYTES

_HEADER = re.compile(
    r"#(separator|html|tags column|deck column|notetype column|guid column|columns|deck|notetype|tags):(.*)",
    re.IGNORECASE,
)
_SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " ", "colon": ":"}
_CLOZE = re.compile(r"\{\{c\d+::(.*?)(?:::(.*?))?\}\}", re.DOTALL)
_SOUND = re.compile(r"\[(?:sound|anki):[^\]]*\]")


def _is_one(head: str, suffix: str) -> bool:
    return bool(_HEADER.match(head.lstrip("\ufeff")))


def _convert(content: Content, encoding: Encoding, notes: ExportNotes) -> Rows:
    with encoding.open(content) as file:
        said, above, first = _header(file)
        separator = _separator(said.get("separator", "tab"))
        special = {_place(said[name]): name for name in said if name.endswith(" column")}
        names = _names(said, separator)
        csv.field_size_limit(ROW_BYTES)
        reader = csv.reader(_lines(first, file), delimiter=separator)
        for cells in reader:
            if not any(map(str.strip, cells)):
                continue
            number = above + reader.line_num
            fields = [cell for place, cell in enumerate(cells, 1) if place not in special]
            if any(map(has_pictures, fields[:2])):
                notes.count("cards with pictures, left out")
                continue
            about = {special[place]: cell for place, cell in enumerate(cells, 1) if place in special}
            yield number, _card(fields, names, notes) | _about(about, said)


def _header(file) -> tuple[dict[str, str], int, str]:
    """The settings in the header lines, the number of these lines, and the first line of cards."""
    said: dict[str, str] = {}
    count = 0
    for line in file:
        match = _HEADER.match(line.lstrip("\ufeff").strip("\r\n"))
        if not match:
            return said, count, line
        said[match[1].lower()] = match[2]
        count += 1
    return said, count, ""


def _lines(first: str, file) -> Iterator[str]:
    if first:
        yield first
    yield from file


def _separator(said: str) -> str:
    """The separator, given by name or literally; a spreadsheet may have appended empty cells."""
    name = re.match(r"\w*", said.strip().lower())[0]
    return _SEPARATORS.get(name) or (said.lstrip(" ")[:1] or "\t")


def _place(said: str) -> int:
    digits = re.match(r"\s*(\d*)", said)[1]
    return int(digits or 0)


def _names(said: dict[str, str], separator: str) -> list[str]:
    """The field names of a card, if the header lists them."""
    if "columns" not in said:
        return []
    special = {_place(said[name]) for name in said if name.endswith(" column")}
    return [name.strip() for place, name in enumerate(said["columns"].split(separator), 1) if place not in special]


def _card(fields: list[str], names: list[str], notes: ExportNotes) -> dict[str, str]:
    """The first field as question and the second as answer; a cloze text asks for its full text."""
    texts = [_SOUND.sub("", plain_text(field)).strip() for field in fields]
    if texts and _CLOZE.search(texts[0]):
        notes.count("cloze cards, where the text with gaps is the question and the full text the answer")
        asked = _CLOZE.sub(lambda gap: f"[{gap[2] or '…'}]", texts[0])
        texts[:2] = [asked, "\n".join(filter(None, [_CLOZE.sub(r"\1", texts[0]), *texts[1:2]]))]
    more = {(names[place] if place < len(names) else f"field {place + 1}"): text
            for place, text in enumerate(texts) if place > 1}  # fmt: skip
    return dict(zip(("question", "answer"), texts, strict=False)) | {name: text for name, text in more.items() if text}


def _about(cells: dict[str, str], said: dict[str, str]) -> dict[str, str]:
    """The tags and deck of a card, or of all cards."""
    tags = cells.get("tags column", said.get("tags", ""))
    deck = cells.get("deck column", said.get("deck", ""))
    return {name: text for name, text in (("tags", ", ".join(tags.split())), ("deck", deck.strip())) if text}


EXPORT = TextExport(
    "an Anki export", "the first field of each card is the question, the second the answer", _is_one, _convert
)
