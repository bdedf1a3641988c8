"""A job's log: its end, and what of it is worth reading, without what libraries print on the way."""

import re
from pathlib import Path

from app.jobs.queries import job
from storage.actors import Actor

_OURS = ("workers", "core", "app", "storage")
_GRAVE = ("ERROR", "CRITICAL")
_SEARCHED_BYTES = 5_000_000
_LINE = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ) \S+ ?(?:(?P<level>[A-Z]+) (?P<logger>[\w.]+): )?(?P<text>.*)"
)


def job_log(actor: Actor, job_id: str, tail_bytes: int = 20_000) -> str:
    """The end of a job's log file; empty before the job began."""
    log_path = job(actor, job_id).log_path
    if not log_path or not Path(log_path).is_file():
        return ""
    with Path(log_path).open("rb") as log:
        log.seek(max(0, Path(log_path).stat().st_size - tail_bytes))
        return log.read().decode("utf-8", errors="replace")


def search_log(actor: Actor, job_id: str, words: str) -> list[str]:
    """The readable lines with all of `words` in them, in any case, of the last few megabytes of a job's log."""
    wanted = words.casefold().split()
    lines = readable_lines(job_log(actor, job_id, _SEARCHED_BYTES)).splitlines()
    return [line for line in lines if all(word in line.casefold() for word in wanted)]


def readable_lines(log: str) -> str:
    """The records of `log` that are ours or report an error, each with its time and without the job's id.

    A line without a logger's name belongs to the record above it; a traceback is always shown.
    """
    shown, ours = [], True
    for line in log.splitlines():
        found = _LINE.fullmatch(line)
        if found and found["logger"]:
            ours = found["logger"].split(".")[0] in _OURS or found["level"] in _GRAVE
        elif "Traceback (most recent call last)" in line:
            ours = True
        if ours:
            shown.append(_plain(found) if found else line)
    return "\n".join(shown)


def _plain(line: re.Match) -> str:
    grave = f"{line['level']}: " if line["level"] in _GRAVE else ""
    return f"{line['at']} {grave}{line['text']}"
