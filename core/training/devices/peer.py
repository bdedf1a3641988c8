"""One of the processes of a run on several devices, but the first: `python -m core.training.devices.peer`.

The first line of standard input says what to train; when the input closes, whoever started this is gone.
"""

import json
import os
import sys
from pathlib import Path
from threading import Thread

from core.processes.ending import end
from core.processes.reported_failure import run_and_report
from core.reporting import Stopped
from core.specs import TrainSpec
from core.training.compute.fitting import is_out_of_memory, too_little_memory
from core.training.devices.team import joined
from core.training.run.checkpoints import RunState
from core.training.train import train_along


def _take_part(told: dict) -> None:
    spec = TrainSpec.model_validate_json(json.dumps(told["spec"]))
    start, state = Path(told["start"]) if told["start"] else None, RunState(**told["state"])
    folder, rank = Path(told["folder"]), told["rank"]
    (folder / f"ready-{rank}").touch()
    try:
        with joined(folder, rank, spec.devices, lambda: None) as team:
            train_along(spec, start, state, team)
    except Stopped:
        return
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise too_little_memory(spec, str(error).splitlines()[0]) from error


def _leave_with_the_first() -> None:
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    line = json.loads(sys.stdin.readline())
    Thread(target=_leave_with_the_first, daemon=True).start()
    end(run_and_report(lambda: _take_part(line)))
