"""The child that parses one file, folder or archive: rows leave as JSON lines on its output, errors too.

It has a limit on memory, and an alarm that ends it when it has not got on for some seconds. What it sends: first
`{"columns", "facts"}`; then `{"done": bytes, "last": number, "rows": [[number, values] or [number, {}, problem], …]}`,
or for rows that stand in whole lines of a file `{"done", "last", "span": [first byte, bytes, number of first line]}`;
at the end `{"notes": […]}`, or `{"error", "message", "remedy"}`.
"""

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

from core.data.reading.content import Meter
from core.data.reading.limits import MEMORY_BYTES, SECONDS_WITHOUT_PROGRESS, UNPACKED_BYTES, UNPACKED_RATIO
from core.data.reading.tables.json_lines import Span
from core.data.reading.tables.jsonable import as_text, jsonable_row
from core.errors import InputError, TunewrightError

_FRAME_BYTES = 256 << 10
_FRAME_SECONDS = 0.1
_MOST_ROWS = 1_000


class _Pipe:
    """Where frames go."""

    def __init__(self):
        self._file = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)  # what a library prints must not stand between the frames
        self.start_alarm()

    def start_alarm(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, SECONDS_WITHOUT_PROGRESS)

    def send(self, frame: bytes) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)  # whoever reads may take as long as they like
        view = memoryview(frame + b"\n")
        while view:
            view = view[self._file.write(view) :]
        self.start_alarm()


def main() -> None:
    """Read what the argument names, a JSON list of a path and a number of rows (or null), and send it."""
    path, max_rows = json.loads(sys.argv[1])
    _set_limits()
    pipe = _Pipe()
    meter = Meter(on_progress=pipe.start_alarm)
    name = Path(path).name

    def tell(kind: type[BaseException], error: BaseException, _) -> None:
        """Whatever a parser raises is about the file, and told so."""
        pipe.send(orjson.dumps(_in_words(error, name, meter)))

    sys.excepthook = tell
    from core.data.reading.bundles import open_any  # late, so that its errors are told

    opened = open_any(Path(path), meter)
    facts = {"format": opened.format, "encoding": opened.encoding, "bytes": meter.total, "notes": opened.notes}
    pipe.send(orjson.dumps({"columns": opened.columns, "facts": facts | opened.facts}))
    if opened.spans and max_rows is None:
        _send_spans(pipe, opened.spans, meter)
    else:
        _send_rows(pipe, opened.rows, max_rows, meter)
    pipe.send(orjson.dumps({"notes": opened.notes + meter.notes()}))


def _set_limits() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody wants the rows any more
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, UNPACKED_BYTES),
    ):
        resource.setrlimit(limit, (most, most))


def _in_words(error: BaseException, name: str, meter: Meter) -> dict[str, str]:
    if isinstance(error, TunewrightError):
        return {"error": type(error).__name__, "message": error.message, "remedy": error.remedy}
    if isinstance(error, MemoryError):
        what = f"it needs more than {MEMORY_BYTES >> 30} GB of memory"
    else:
        what = f"{type(error).__name__}: {str(error)[:300]}"
    return {
        "error": "InputError",
        "message": f"{name} cannot be read{meter.place()}: {what}.".encode("utf-8", "replace").decode(),
        "remedy": "It may be damaged. Save it again, or as CSV or JSON lines.",
    }


def _send_spans(pipe: _Pipe, spans: Iterator[Span | list[tuple]], meter: Meter) -> None:
    for span in spans:
        if isinstance(span, Span):
            pipe.send(
                orjson.dumps({"done": meter.done, "last": span.last, "span": [span.start, span.size, span.first]})
            )
            meter.row = span.last
        else:
            _send_rows(pipe, iter(span), None, meter)


def _send_rows(pipe: _Pipe, rows: Iterator[tuple], max_rows: int | None, meter: Meter) -> None:
    """Rows in frames of about the same bytes, and at least every tenth of a second."""
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
                    f"Far more comes out of this file than is in it: stopped at row {row[0]}.",
                    "Give only as many rows as you need.",
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


if __name__ == "__main__":
    main()
