"""Ids of jobs and sweeps: short enough to read out, in the order in which they were asked for."""

import string
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from core.specs import JobKind
from storage.rows import Job, Sweep

_DIGITS = (string.digits + string.ascii_lowercase).translate(str.maketrans("", "", "ilou"))
"""Base 32 in ascending character order, without the letters that are easily misread."""


def next_job_id(session: Session, kind: JobKind) -> str:
    """The id of a new job, like `train-20261122-7f3k2m`."""
    return next_id(session, kind, Job)


def next_id(session: Session, prefix: str, table: type[Job] | type[Sweep]) -> str:
    """A new id in `table`: the prefix, the date, then the time of day in six digits, incremented while taken."""
    now = datetime.now(UTC)
    seconds = now.hour * 3600 + now.minute * 60 + now.second + now.microsecond / 1e6
    tick = int(seconds / 86400 * 32**6)
    while session.get(table, free := f"{prefix}-{now:%Y%m%d}-{_six_digits(tick)}") is not None:
        tick += 1
    return free


def _six_digits(number: int) -> str:
    return "".join(_DIGITS[number >> shift & 31] for shift in range(25, -1, -5))
