"""Weights & Biases, MLflow and Trackio: which are configured, and the child process that feeds one of them.

`python -m core.training.tracking.trackers NAME` reads JSON lines: the run, then the metrics of each step, then how it
ended. A failure's first line goes to standard output, the rest to the log.
"""

import json
import logging
import os
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import NamedTuple, Protocol

from core.processes.ending import end

_PROJECT = "tunewright"


class Run(NamedTuple):
    """A run as a tracker shows it; `id` stays the same when it resumes."""

    id: str
    name: str
    settings: dict


class Tracker(Protocol):
    """One service. Its methods may raise anything."""

    def __init__(self, run: Run): ...

    last_step: int
    """The last step it holds already, of an earlier attempt; -1 for none."""

    def log(self, step: int, values: dict[str, float]) -> None: ...

    def end(self, finished: bool) -> None: ...


class _WeightsAndBiases:
    def __init__(self, run: Run):
        import wandb

        project = os.environ.get("WANDB_PROJECT", _PROJECT)
        self._run = wandb.init(project=project, id=run.id, name=run.name, config=run.settings, resume="allow")
        self.last_step = self._run.starting_step - 1

    def log(self, step: int, values: dict[str, float]) -> None:
        self._run.log(values, step=step)

    def end(self, finished: bool) -> None:
        self._run.finish(exit_code=0 if finished else 1)


class _MLflow:
    def __init__(self, run: Run):
        import mlflow

        self._mlflow = mlflow
        if not {"MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID"} & set(os.environ):
            mlflow.set_experiment(_PROJECT)
        known = mlflow.search_runs(filter_string=f"tags.`{_PROJECT}.run` = '{run.id}'", output_format="list")
        started = mlflow.start_run(run_id=known[0].info.run_id if known else None, run_name=run.name)
        mlflow.set_tag(f"{_PROJECT}.run", run.id)
        mlflow.log_params(run.settings)
        history = mlflow.MlflowClient().get_metric_history(started.info.run_id, "train/loss")
        self.last_step = max((metric.step for metric in history), default=-1)

    def log(self, step: int, values: dict[str, float]) -> None:
        self._mlflow.log_metrics(values, step=step)

    def end(self, finished: bool) -> None:
        self._mlflow.end_run("FINISHED" if finished else "KILLED")


class _Trackio:
    def __init__(self, run: Run):
        import trackio

        project = os.environ.get("TRACKIO_PROJECT", _PROJECT)
        name = f"{run.name} {run.id}"  # runs are told apart by name
        self._run = trackio.init(project=project, name=name, config=run.settings, resume="allow", embed=False)
        self.last_step = getattr(self._run, "_next_step", 0) - 1  # not public; without it, steps may appear twice

    def log(self, step: int, values: dict[str, float]) -> None:
        self._run.log(values, step=step)

    def end(self, finished: bool) -> None:
        self._run.finish()


class Service(NamedTuple):
    """How a tracker is known: its name for people, its module, and the variables that ask for it, any of them."""

    title: str
    module: str
    variables: tuple[str, ...]
    tracker: type[Tracker]


SERVICES = {
    "wandb": Service("Weights & Biases", "wandb", ("WANDB_API_KEY", "WANDB_PROJECT", "WANDB_MODE"), _WeightsAndBiases),
    "mlflow": Service("MLflow", "mlflow", ("MLFLOW_TRACKING_URI",), _MLflow),
    "trackio": Service("Trackio", "trackio", ("TRACKIO_PROJECT", "TRACKIO_SPACE_ID", "TRACKIO_SERVER_URL"), _Trackio),
}


def configured(environment: Mapping[str, str]) -> list[str]:
    """The names of the services that the environment asks for."""
    off = environment.get("WANDB_MODE") == "disabled" or environment.get("WANDB_DISABLED", "").lower() in ("true", "1")
    asked = [name for name, service in SERVICES.items() if any(environment.get(one) for one in service.variables)]
    return [name for name in asked if not (name == "wandb" and off)]


def is_installed(name: str) -> bool:
    return find_spec(SERVICES[name].module) is not None


def feed(name: str, lines: Iterable[str]) -> None:
    """Hand the run and the metrics in `lines` to the service; steps that it holds already are skipped."""
    entries = (json.loads(line) for line in lines)
    tracker = SERVICES[name].tracker(Run(**next(entries)))
    finished = False
    for entry in entries:
        if "finished" in entry:
            finished = entry["finished"]
        elif entry["step"] > tracker.last_step:
            tracker.log(entry["step"], entry["values"])
    tracker.end(finished)


if __name__ == "__main__":
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library or its own children print goes to the log, and none of them keeps the pipe open
    status = 0
    try:
        feed(sys.argv[1], sys.stdin)
    except Exception as error:  # the process boundary: any error becomes a line for the run
        logging.exception("the tracker failed")
        print(f"{type(error).__name__}: {error}".splitlines()[0][:500], file=told, flush=True)
        status = 1
    end(status)  # everything is sent, or never will be; a library's exit handlers would only wait
