"""`sweep`: several trainings whose settings are varied, started together; and how one stands."""

import sys
from argparse import Namespace
from collections.abc import Iterator

from app.cli.actor import actor
from app.cli.follow import follow
from app.cli.values import given_values, pairs
from app.plumbing.supervision import ensure_supervisor
from app.training.sweeps import forecast_sweep, start_sweep, sweep_standing, sweeps
from app.wording.numbers import number_text, plural, setting_text
from app.wording.times import about_text
from core.errors import InputError, TunewrightError
from core.training.sweep import SweepPlan, read_plan

_OF_SWEEPS = ("vary", "random", "sweep_seed", "preview", "no_wait")


def sweep(args: Namespace) -> dict:
    """Start a sweep and wait for its runs; one that fails holds up no other."""
    values = given_values(args)
    asked = {name: values.pop(name) for name in _OF_SWEEPS if name in values}
    plan = _plan(asked)
    size = forecast_sweep(actor(), plan, **values)
    if asked.get("preview"):
        return size._asdict()
    print(_size_in_words(*size), file=sys.stderr)
    started = start_sweep(actor(), plan, **values)
    for run in sweep_standing(actor(), started.id).runs:
        if asked.get("no_wait"):
            ensure_supervisor(until_idle=True)
            break
        try:
            follow(run.job)
        except TunewrightError as error:
            print(f"{run.job.name}: {error.message}", file=sys.stderr)
    return standing(started.id)


def _plan(asked: dict) -> SweepPlan:
    """What is varied: `SETTING=VALUES` of flags, or the mapping under `vary` in a file. Raises InputError."""
    vary = asked.get("vary")
    if isinstance(vary, dict):
        vary = {
            str(name).replace("-", "_"): ", ".join(map(str, values)) if isinstance(values, list) else str(values)
            for name, values in vary.items()
        }
    elif isinstance(vary, list):
        vary = pairs(map(str, vary))
    if not isinstance(vary, dict) or not vary:
        raise InputError(
            "A sweep needs settings to vary.",
            "Give them: --vary learning_rate=1e-4,3e-4, or in the file `vary:` with a setting and its values a line.",
        )
    return read_plan(vary, asked.get("random"), asked.get("sweep_seed", 42))


def standing(sweep_id: str) -> dict:
    """The runs of a sweep with what was varied, and the best so far. Raises NotFoundError."""
    found = sweep_standing(actor(), sweep_id)
    runs = [
        {
            "job": run.job.id, "name": run.job.name, "state": run.job.state, "loss": run.loss,
            "mean_reward": run.mean_reward, "varied": run.varied,
        }
        for run in found.runs
    ]  # fmt: skip
    return {
        "sweep": sweep_id, "name": found.sweep.name, "runs_of_sweep": runs, "best": found.best and found.best.job.id,
    }  # fmt: skip


def listed() -> list[dict]:
    """The sweeps with their number of runs, newest first."""
    return [{"id": one.id, "name": one.name, "runs": count} for one, count in sweeps(actor())]


def in_words(result: dict) -> Iterator[str]:
    """How a sweep stands, or its size, as text."""
    if "seconds" in result:
        yield _size_in_words(result["runs"], result["seconds"])
    for run in result.get("runs_of_sweep", ()):
        varied = ", ".join(f"{name} {setting_text(value)}" for name, value in run["varied"].items())
        best = "  best" if run["job"] == result["best"] else ""
        measured = run["loss"] if run["mean_reward"] is None else run["mean_reward"]
        yield f"{run['job']:24} {run['state']:10} {number_text(measured, 3):>8}  {varied}{best}"
    if "sweep" in result:
        yield f"Sweep: {result['sweep']}"


def _size_in_words(runs: int, seconds: float | None) -> str:
    return f"{plural(runs, 'run')}, {'no forecast yet' if seconds is None else f'{about_text(seconds)} in total'}"
