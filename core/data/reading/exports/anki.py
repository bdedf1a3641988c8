"""Anki's text export: a table of cards below header lines such as `#separator:tab`."""

import csv
import re
from collections.abc import Iterator

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import Encoding
from core.data.reading.exports.anki_header import HEADER, column_number, field_names, read_header, separator_of
from core.data.reading.exports.export import ExportNotes, Rows, TextExport
from core.data.reading.exports.markup import has_pictures, plain_text
from core.data.reading.limits import ROW_BYTES

_CLOZE = re.compile(r"\{\{c\d+::(.*?)(?:::(.*?))?\}\}", re.DOTALL)
_SOUND = re.compile(r"\[(?:sound|anki):[^\]]*\]")


def _matches(head: str, suffix: str) -> bool:
    return bool(HEADER.match(head.lstrip("\ufeff")))


def _convert(content: Content, encoding: Encoding, notes: ExportNotes) -> Rows:
    with encoding.open(content) as file:
        said, above, first = read_header(file)
        separator = separator_of(said.get("separator", "tab"))
        special = {column_number(said[name]): name for name in said if name.endswith(" column")}
        names = field_names(said, separator)
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


def _lines(first: str, file) -> Iterator[str]:
    if first:
        yield first
    yield from file


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
    "an Anki export", "the first field of each card is the question, the second the answer", _matches, _convert
)
