"""What a person reads of a job's log: the studio's own lines, and errors, without what libraries say on the way."""

import re

_OURS = ("workers", "core", "app", "storage")
_GRAVE = ("ERROR", "CRITICAL")
_LINE = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ) \S+ ?(?:(?P<level>[A-Z]+) (?P<logger>[\w.]+): )?(?P<text>.*)"
)


def told_lines(log: str) -> str:
    """The records of `log` that are ours or tell of an error, each line with its moment and without the job's id.

    A line that names no logger belongs to the record before it; a traceback is always told.
    """
    told, ours = [], True
    for line in log.splitlines():
        found = _LINE.fullmatch(line)
        if found and found["logger"]:
            ours = found["logger"].split(".")[0] in _OURS or found["level"] in _GRAVE
        elif "Traceback (most recent call last)" in line:
            ours = True
        if ours:
            told.append(_plain(found) if found else line)
    return "\n".join(told)


def _plain(line: re.Match) -> str:
    grave = f"{line['level']}: " if line["level"] in _GRAVE else ""
    return f"{line['at']} {grave}{line['text']}"
