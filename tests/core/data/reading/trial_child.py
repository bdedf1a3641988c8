"""Reads many files in one process, with the limits of the reader's child.

For each path on its input it prints a JSON line: `rows`, the number read, or `message` and `remedy`; and `writes`, what
was opened for writing outside TMPDIR.
"""

import json
import os
import signal
import sys
from pathlib import Path

from core.data.reading import child, sending
from core.data.reading.bundles.bundle import open_any
from core.data.reading.limits import SECONDS_WITHOUT_PROGRESS
from core.data.reading.meter import Meter

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_writes = []


def _watch(event: str, arguments: tuple) -> None:
    if event == "open" and isinstance(arguments[0], str) and (arguments[2] or 0) & _WRITING:
        place = os.path.abspath(arguments[0])
        if not place.startswith((os.environ["TMPDIR"], "/dev/null")) and not place.endswith(".pyc"):
            _writes.append(place)
    if event in ("os.mkdir", "os.rename", "os.symlink", "os.link"):
        _writes.append(str(arguments[:2]))


def _came_of(path: Path) -> dict:
    meter = Meter(on_progress=lambda: signal.setitimer(signal.ITIMER_REAL, SECONDS_WITHOUT_PROGRESS))
    meter.at(0)
    try:
        rows = 0
        for row in open_any(path, meter).rows:
            meter.row = row[0]
            sending._frame([row], meter.done)
            rows += 1
    except BaseException as error:  # noqa: BLE001 - as in the child's excepthook
        return child._in_words(error, path.name, meter)
    return {"rows": rows}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    child._set_limits()
    sys.addaudithook(_watch)
    for line in sys.stdin:
        print(json.dumps(_came_of(Path(line.rstrip("\n"))) | {"writes": _writes}), file=answers, flush=True)


main()
