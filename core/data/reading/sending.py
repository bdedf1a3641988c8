"""Sends rows from the child to its parent, one JSON frame per line.

First `{"columns", "facts"}`; then `{"done": bytes, "last": number, "rows": [[number, values] or [number, {}, problem],
…]}`, or for whole lines of a file `{"done", "last", "span": [first byte, bytes, number of first line]}`; at the end
`{"notes": […]}` or `{"error", "message", "remedy"}`.
"""

import os
import signal
import time
from collections.abc import Iterator

import orjson

from core.data.reading.limits import SECONDS_WITHOUT_PROGRESS, UNPACKED_BYTES, UNPACKED_RATIO
from core.data.reading.meter import Meter
from core.data.reading.tables.json_spans import Span
from core.data.reading.tables.jsonable import as_text, jsonable_row
from core.errors import InputError

_FRAME_BYTES = 256 << 10
_FRAME_SECONDS = 0.1
_MOST_ROWS = 1_000


class Pipe:
    """The child's output, with the alarm that ends the child when it makes no progress."""

    def __init__(self):
        self._file = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)  # whatever a library prints must not get between the frames
        self.start_alarm()

    def start_alarm(self) -> None:
        """Restart the time limit: SIGALRM ends the process when it runs out."""
        signal.setitimer(signal.ITIMER_REAL, SECONDS_WITHOUT_PROGRESS)

    def send(self, frame: bytes) -> None:
        """Write one frame; while the receiver is slow, the time limit is off."""
        signal.setitimer(signal.ITIMER_REAL, 0)  # back pressure from the receiver is no lack of progress
        view = memoryview(frame + b"\n")
        while view:
            view = view[self._file.write(view) :]
        self.start_alarm()


def send_spans(pipe: Pipe, spans: Iterator[Span | list[tuple]], meter: Meter) -> None:
    """Send where rows are in the file, and rows only where a line is too long for a span."""
    for span in spans:
        if isinstance(span, Span):
            pipe.send(
                orjson.dumps({"done": meter.done, "last": span.last, "span": [span.start, span.size, span.first]})
            )
            meter.row = span.last
        else:
            send_rows(pipe, iter(span), None, meter)


def send_rows(pipe: Pipe, rows: Iterator[tuple], max_rows: int | None, meter: Meter) -> None:
    """Send rows in frames of similar size, at least one every tenth of a second."""
    batch, enough, left = [], 16, max(UNPACKED_BYTES, meter.total * UNPACKED_RATIO)
    mark, since = meter.done, time.monotonic()
    for count, row in enumerate(rows, start=1):
        batch.append(row)
        meter.row = row[0]
        if len(batch) >= enough or meter.done - mark > _FRAME_BYTES or time.monotonic() - since > _FRAME_SECONDS:
            frame = _frame(batch, meter.done)
            pipe.send(frame)
            if (left := left - len(frame)) < 0:
                raise InputError(
                    f"This file expands to far more than its size: stopped at row {row[0]}.",
                    "Use only as many rows as you need.",
                )
            enough = max(1, min(_MOST_ROWS, len(batch) * _FRAME_BYTES // len(frame)))
            batch, mark, since = [], meter.done, time.monotonic()
        if count == max_rows:
            break
    if batch:
        pipe.send(_frame(batch, meter.done))


def _frame(rows: list[tuple], done: int) -> bytes:
    known = {"done": done, "last": rows[-1][0]}
    try:
        return orjson.dumps({**known, "rows": rows}, default=as_text)
    except TypeError:
        return orjson.dumps({**known, "rows": [jsonable_row(row) for row in rows]})
