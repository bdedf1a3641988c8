"""WhatsApp's `_chat.txt`: a line per message, from iOS or Android, with dates in the phone's locale."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import islice

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import Encoding
from core.data.reading.exports.chats.conversation_rows import conversation_rows
from core.data.reading.exports.chats.grouping import Message
from core.data.reading.exports.export import ExportNotes, Rows, TextExport

_DATE = r"(\d{1,4})[./-] ?(\d{1,2})[./-] ?(\d{1,4})\.?"
_TIME = r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*(?:([AaPp])\.?\s?[Mm]\.?)?"
_MOMENT = rf"{_DATE},?\s+(?:\w{{1,4}}\s+)?{_TIME}"
_LINE = re.compile(rf"[\u200e\u200f\ufeff]*(?:\[{_MOMENT}\]|{_MOMENT}\s+[-\u2013])\s(.*)", re.DOTALL)
_SPEAKER = re.compile(r"[\u200e\u200f]*(?:~\s*)?([^:\n]{1,80}):\s(.*)", re.DOTALL)
_EDITED = re.compile(r"\s*\u200e<[^<>]+>\s*$|\s*<[^<>]*(?:edited|bearbeitet|modifi|editad|modificat)[^<>]*>\s*$")
_NOT_SAID = re.compile(
    r"\u200e|<[^<>]{3,60}>$|null$|\S+\.\w{2,5} \([^)]+\)$"
    r"|(?:You deleted this message|This message was deleted|Diese Nachricht wurde gelöscht|Du hast diese Nachricht "
    r"gelöscht|Ce message a été supprimé|Se eliminó este mensaje|Eliminaste este mensaje|Mensagem apagada"
    r"|Questo messaggio è stato eliminato|Waiting for this message)\.?",
    re.IGNORECASE,
)  # fmt: skip
"""WhatsApp's own lines in place of a message: iOS starts them with a mark, Android puts them in brackets."""
_NOT_MESSAGES = "pictures, calls and other lines that are not messages, left out"
_QUOTES = re.compile('["“”„«»]')
_WORDS_OF_A_SENTENCE = 4
_LINES_LOOKED_AT = 60
_MARK = "\u200e"


def _matches(head: str, suffix: str) -> bool:
    lines = [line for line in islice(head.splitlines(), _LINES_LOOKED_AT) if line.strip()]
    found = [match for line in lines if (match := _LINE.match(line))]
    spoken = [match for match in found if _SPEAKER.match(match[match.lastindex])]
    return len(spoken) > 1 and bool(_LINE.match(lines[0]))


def _convert(content: Content, encoding: Encoding, notes: ExportNotes) -> Rows:
    with encoding.open(content) as file:
        lines = list(_messages(file))
    day_first = _is_day_first([moment for moment, _ in lines])
    messages = [said for moment, text in lines if (said := _message(moment, text, day_first, notes))]
    false_speakers = _false_speakers(Counter(said.speaker for said in messages))
    notes.count(_NOT_MESSAGES, sum(said.speaker in false_speakers for said in messages))
    yield from conversation_rows([said for said in messages if said.speaker not in false_speakers], notes)


def _false_speakers(speakers: Counter[str]) -> set[str]:
    """Texts that only look like speakers: Android's own lines may have a colon (`Ann created "A: B"`)."""
    return {
        name
        for name, count in speakers.items()
        if _QUOTES.search(name)
        or count == 1
        and len(name.split()) >= _WORDS_OF_A_SENTENCE
        and any(name.startswith(f"{o} ") for o in speakers)
    }


def _messages(lines) -> Iterator[tuple[tuple, str]]:
    """Each message with its time; lines without a time continue the message above."""
    moment, parts = None, []
    for line in lines:
        match = _LINE.match(line.rstrip("\r\n"))
        if not match:
            parts.append(line.rstrip("\r\n"))
            continue
        if moment:
            yield moment, "\n".join(parts)
        groups = match.groups()
        moment, parts = groups[:7] if groups[0] else groups[7:14], [groups[-1]]
    if moment:
        yield moment, "\n".join(parts)


def _is_day_first(moments: list[tuple]) -> bool:
    """Whether dates have the day before the month, as they do unless one of them contradicts it."""
    return not any(int(moment[1]) > 12 for moment in moments)


def _message(moment: tuple, line: str, day_first: bool, notes: ExportNotes) -> Message | None:
    match = _SPEAKER.match(line)
    text = match[2].strip() if match else ""
    text = _EDITED.sub("", text).strip() if text.endswith(">") else text
    if not match or not text.strip(_MARK) or _NOT_SAID.match(text):
        notes.count(_NOT_MESSAGES)
        return None
    return Message(match[1].strip(), text.replace(_MARK, ""), _seconds(moment, day_first))


def _seconds(moment: tuple, day_first: bool) -> float:
    one, two, three, hour, minute, second, half = moment
    if len(one) == 4:
        year, month, day = int(one), int(two), int(three)
    else:
        day, month = (int(one), int(two)) if day_first else (int(two), int(one))
        year = int(three) + (2000 if len(three) < 4 else 0)
    hours = int(hour) % 12 + 12 * (half.lower() == "p") if half else int(hour)
    try:
        days = date(year, month, day).toordinal()
    except ValueError:
        days = year * 366 + month * 31 + day
    return days * 86400 + hours * 3600 + int(minute) * 60 + int(second or 0)


EXPORT = TextExport("a WhatsApp export", "messages are joined into conversations by pauses", _matches, _convert)
