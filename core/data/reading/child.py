"""The child process that parses one path under limits on memory, file size and time without progress.

Run as `python -m core.data.reading.child JSON`; `core.data.reading.sending` describes what it sends.
"""

import json
import resource
import signal
import sys
from pathlib import Path

import orjson

from core.data.reading.limits import MEMORY_BYTES, UNPACKED_BYTES
from core.data.reading.meter import Meter
from core.data.reading.sending import Pipe, send_rows, send_spans
from core.errors import TunewrightError


def main() -> None:
    """Read and send what the argument names: a JSON list of a path and a number of rows, or null for all."""
    path, max_rows = json.loads(sys.argv[1])
    _set_limits()
    pipe = Pipe()
    meter = Meter(on_progress=pipe.start_alarm)
    name = Path(path).name

    def send_error(kind: type[BaseException], error: BaseException, _) -> None:
        """Send any exception as an error about the file."""
        pipe.send(orjson.dumps(_in_words(error, name, meter)))

    sys.excepthook = send_error
    from core.data.reading.bundles.bundle import open_any  # after the hook, so that import errors are sent too

    opened = open_any(Path(path), meter)
    facts = {"format": opened.format, "encoding": opened.encoding, "bytes": meter.total, "notes": opened.notes}
    pipe.send(orjson.dumps({"columns": opened.columns, "facts": facts | opened.facts}))
    if opened.spans and max_rows is None:
        send_spans(pipe, opened.spans, meter)
    else:
        send_rows(pipe, opened.rows, max_rows, meter)
    pipe.send(orjson.dumps({"notes": opened.notes + meter.notes()}))


def _set_limits() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when the rows are no longer read
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


if __name__ == "__main__":
    main()
