"""The process that measures: runs its parts in turn and writes each row as a line of JSON as soon as it is measured.

usage: python -m tests.gpu.child JSON
"""

import json
import sys
import time
from functools import partial
from pathlib import Path

from core.processes.ending import end
from tests.gpu.checks import run_checks
from tests.gpu.methods import run_methods
from tests.gpu.pace import SHARES, Budget
from tests.gpu.shapes import SHAPES
from tests.gpu.speed import measure_ours, measure_trl


def main(asked: dict) -> None:
    """Do the parts `asked` for until its `ends_at`, a time of the monotonic clock."""
    shape, parts, folder = SHAPES[asked["shape"]], asked["parts"], Path(asked["folder"])
    left = Budget(asked["ends_at"] - time.monotonic())
    with (folder / asked["rows"]).open("a", encoding="utf-8") as out:

        def tell(row: dict) -> None:
            out.write(json.dumps(row) + "\n")
            out.flush()

        doing = {
            "speed": measure_ours,
            "trl": measure_trl,
            "methods": partial(run_methods, folder=folder),
            "checks": partial(run_checks, folder=folder),
        }
        for number, part in enumerate(parts):
            share = SHARES[part] / sum(SHARES[later] for later in parts[number:])
            doing[part](shape, Budget(left.left * share), tell)
            tell({"part": "done", "name": part})


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
    end()
