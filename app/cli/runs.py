"""`runs` and `sweep`: trainings found, compared, tagged, deleted and repeated; several started with varied settings."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator

import yaml

from app.cli.actor import actor
from app.cli.follow import follow
from app.cli.jobs import summary
from app.cli.values import given_values
from app.disk.trash import preview_deletion
from app.jobs.queries import lowest_metrics
from app.plumbing.supervision import ensure_supervisor
from app.training import runs as use
from app.training.comparing import compare_runs
from app.training.continuing import checkpoints_of, clone_run, continue_run
from app.training.equivalents import training_yaml
from app.training.notebook import notebook_of
from app.training.run_again import run_again, spec_of
from app.training.sweeps import forecast_sweep, start_sweep, sweep_standing, sweeps
from app.wording.numbers import number_text, plural, setting_text, size_text
from app.wording.times import about_text
from core.errors import InputError, TunewrightError
from core.specs import TrainSpec
from core.specs.keeping import ThingKind
from core.training.sweep import read_plan
from storage.rows import Job

_OF_SWEEPS = ("vary", "random", "sweep_seed", "preview", "no_wait")


def run_action(args: Namespace) -> dict:
    """The result of a `runs` action as plain values. Raises InputError if it needs a run and none is given."""
    if args.action not in ("list", "sweeps") and not getattr(args, "runs", None):
        raise InputError(f"runs {args.action} needs an id.", "List them: python -m app runs list")
    return _ACTIONS[args.action](args)


def sweep(args: Namespace) -> dict:
    """Start a sweep and wait for its runs; one that fails holds up no other."""
    values = given_values(args)
    asked = {name: values.pop(name) for name in _OF_SWEEPS if name in values}
    plan = read_plan(_pairs(asked["vary"]), asked.get("random"), asked.get("sweep_seed", 42))
    size = forecast_sweep(actor(), plan, **values)
    long = "no forecast yet" if size.seconds is None else f"{about_text(size.seconds)} in all"
    print(f"{plural(size.runs, 'run')}, {long}", file=sys.stderr)
    if asked.get("preview"):
        return size._asdict()
    started = start_sweep(actor(), plan, **values)
    for run in sweep_standing(actor(), started.id).runs:
        if asked.get("no_wait"):
            ensure_supervisor(until_idle=True)
            break
        try:
            follow(run.job)
        except TunewrightError as error:
            print(f"{run.job.name}: {error.message}", file=sys.stderr)
    return _standing(started.id)


def _listed(args: Namespace) -> dict:
    which = use.RunFilter(
        getattr(args, "find", ""),
        tuple(getattr(args, "state", ())),
        tuple(getattr(args, "tag", ())),
        archived=hasattr(args, "archived"),
    )
    found = use.runs(actor(), which, getattr(args, "sort", use.RunOrder.NEWEST), getattr(args, "limit", 20))
    return {"runs": _with_losses(found), "count": use.runs_counted(actor(), which)}


def _with_losses(found: Iterable[Job]) -> list[dict]:
    runs = list(found)
    lowest = lowest_metrics(actor(), [run.id for run in runs], "eval_loss")
    return [summary(run) | {"validation_loss": lowest.get(run.id, (0, None))[1]} for run in runs]


def _compared(args: Namespace) -> dict:
    found = compare_runs(actor(), args.runs)
    return {"compared": [run.name for run in found.runs], "settings": found.settings, "scores": found.scores}


def _checkpoints(args: Namespace) -> dict:
    return {"checkpoints": [vars(one) for one in checkpoints_of(actor(), args.runs[0])]}


def _cloned(args: Namespace) -> dict:
    return _started(clone_run(actor(), args.runs[0], **_changed(args)))


def _continued(args: Namespace) -> dict:
    return _started(continue_run(actor(), args.runs[0], getattr(args, "step", None), **_changed(args)))


def _started(run: Job) -> dict:
    return {"job": run.id, "output_dir": run.output_dir} | follow(run)


def _changed(args: Namespace) -> dict:
    """`learning_rate=1e-4` as a setting; unknown ones are refused by name."""
    changed = {name.replace("-", "_"): text for name, text in _pairs(getattr(args, "changed", ())).items()}
    for name in changed:
        if name not in TrainSpec.model_fields:
            raise InputError(f"{name} is not a training setting.", f"There are: {', '.join(TrainSpec.model_fields)}.")
    return {name: yaml.safe_load(text) for name, text in changed.items()}


def _pairs(given: Iterable[str]) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in given]
    for name, equals, _ in pairs:
        if not equals:
            raise InputError(f"{name!r} has no value.", "Write SETTING=VALUE.")
    return {name.replace("-", "_"): text for name, _, text in pairs}


def _tagged(args: Namespace) -> dict:
    return {
        "runs": _with_losses(use.tag_runs(actor(), args.runs, getattr(args, "tag", ()), getattr(args, "untag", ())))
    }


def _noted(args: Namespace) -> dict:
    if not hasattr(args, "text"):
        raise InputError("runs note needs the notes.", "Give them: --text '…'")
    return {"runs": _with_losses([use.note_run(actor(), args.runs[0], args.text)])}


def _deleted(args: Namespace) -> dict:
    frees = [preview_deletion(actor(), ThingKind.RUN, run_id) for run_id in args.runs]
    told = {"names": [one.name for one in frees], "frees_bytes": sum(one.frees_bytes for one in frees)}
    if hasattr(args, "yes"):
        _, refused = use.delete_runs(actor(), args.runs)
        if refused:
            raise refused[0]
    return {"deletion": told | {"deleted": hasattr(args, "yes")}}


def _standing(sweep_id: str) -> dict:
    standing = sweep_standing(actor(), sweep_id)
    runs = [
        {"job": run.job.id, "name": run.job.name, "state": run.job.state, "loss": run.loss, "varied": run.varied}
        for run in standing.runs
    ]
    best = standing.best
    return {"sweep": sweep_id, "name": standing.sweep.name, "runs_of_sweep": runs, "best": best and best.job.id}


_ACTIONS: dict[str, Callable[[Namespace], dict]] = {
    "list": _listed,
    "compare": _compared,
    "checkpoints": _checkpoints,
    "clone": _cloned,
    "continue": _continued,
    "tag": _tagged,
    "note": _noted,
    "archive": lambda args: {"runs": _with_losses(use.archive_runs(actor(), args.runs))},
    "unarchive": lambda args: {"runs": _with_losses(use.archive_runs(actor(), args.runs, archived=False))},
    "delete": _deleted,
    "sweeps": lambda _args: {"sweeps": [{"id": one.id, "name": one.name, "runs": count}
                                        for one, count in sweeps(actor())]},
    "sweep": lambda args: _standing(args.runs[0]),
    "again": lambda args: _started(run_again(actor(), args.runs[0])),
    "notebook": lambda args: {"printed": notebook_of(spec_of(actor(), args.runs[0]))},
    "yaml": lambda args: {"printed": training_yaml(spec_of(actor(), args.runs[0]).model_dump(mode="json"))},
}  # fmt: skip


def in_words(result: dict) -> Iterator[str]:
    """The result of `runs` or `sweep` as text."""
    for run in result.get("runs", ()) if isinstance(result.get("runs"), list) else ():
        tags = f"  [{', '.join(run['tags'])}]" if run["tags"] else ""
        yield f"{run['id']:24} {run['state']:10} {number_text(run['validation_loss'], 3):>8}  {run['name']}{tags}"
    if "count" in result and result["count"] > len(result["runs"]):
        yield f"{len(result['runs'])} of {result['count']:,}: see more with --limit"
    if "compared" in result:
        yield from _table({"": result["compared"]} | result["settings"], setting_text)
        yield from _table(result["scores"], lambda value: number_text(value, 3))
    for one in result.get("checkpoints", ()):
        yield f"{one['step']:>8,}  {number_text(one['validation_loss'], 3):>8}  {one['path']}"
    for one in result.get("sweeps", ()):
        yield f"{one['id']:24} {one['runs']:>4} runs  {one['name']}"
    if deletion := result.get("deletion"):
        names, size = ", ".join(deletion["names"]), size_text(deletion["frees_bytes"])
        done = "Deleted; restore it under Settings within 24 hours" if deletion["deleted"] else "Add --yes to delete"
        yield f"{names}: frees {size}. {done}."
    if "runs_of_sweep" in result:
        yield from _sweep_in_words(result)
    if "printed" in result:
        yield result["printed"].rstrip()
    if "job" in result:
        yield f"Run: {result['job']} in {result['output_dir']}"


def _sweep_in_words(result: dict) -> Iterator[str]:
    for run in result["runs_of_sweep"]:
        varied = ", ".join(f"{name} {setting_text(value)}" for name, value in run["varied"].items())
        best = "  best" if run["job"] == result["best"] else ""
        yield f"{run['job']:24} {run['state']:10} {number_text(run['loss'], 3):>8}  {varied}{best}"


def _table(rows: dict[str, Iterable], words: Callable[[object], str]) -> Iterator[str]:
    for name, values in rows.items():
        yield f"{name:32}" + "".join(f"{words(value)[:22]:>24}" for value in values)
