"""What this machine does a second while training: timed once in the background, kept in the workspace."""

import threading

from pydantic import ValidationError

from app.plumbing.errands import run_errand
from app.plumbing.studio import home, store
from core.forecast.speed import MachineSpeed
from core.machine import processor_and_cores
from storage.claims import running_jobs

_MODULE, _SECONDS = "core.training.calibration", 300
_wanted = threading.Event()


def machine_speed(measure: bool = True) -> MachineSpeed | None:
    """This machine's speed; None until it has been measured, which the studio then does in the background if it is to
    `measure`."""
    try:
        speed = MachineSpeed.model_validate_json((home() / "machine_speed.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError):
        speed = None
    if speed is None or speed.processor != processor_and_cores():
        if measure:
            _wanted.set()
        return None
    return speed


def measure_if_wanted() -> None:
    """Measure this machine if a forecast has asked for it and no job would disturb it. Raises as `run_errand`."""
    if _wanted.is_set() and not running_jobs(store()):
        run_errand(_MODULE, home() / "machine_speed.json", deadline_seconds=_SECONDS)
        _wanted.clear()
