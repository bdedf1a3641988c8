"""`runs`: trainings found, compared, tagged, deleted, restored and repeated."""

from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator

import yaml

from app.cli import sweeps
from app.cli.actor import actor
from app.cli.follow import follow
from app.cli.jobs import summary
from app.cli.values import pairs
from app.disk.trash import delete_for_good, deleted, preview_deletion, undo
from app.jobs.queries import lowest_metrics
from app.training import runs as use
from app.training.comparing import compare_runs
from app.training.continuing import checkpoints_of, clone_run, continue_run
from app.training.equivalents import training_yaml
from app.training.notebook import notebook_of
from app.training.run_again import run_again, spec_of
from app.wording.numbers import number_text, setting_text, size_text
from app.wording.validation import validation_measure
from core.errors import InputError
from core.specs import TrainSpec
from core.specs.keeping import ThingKind
from storage.rows import Job, Trash

_WITHOUT_IDS = ("list", "sweeps", "deleted")


def run_action(args: Namespace) -> dict:
    """The result of a `runs` action as plain values. Raises InputError if it needs a run and none is given."""
    if args.action not in _WITHOUT_IDS and not getattr(args, "runs", None):
        raise InputError(f"runs {args.action} needs an id.", "List them: python -m app runs list")
    return _ACTIONS[args.action](args)


def _listed(args: Namespace) -> dict:
    which = use.RunFilter(
        getattr(args, "find", ""),
        tuple(getattr(args, "state", ())),
        tuple(getattr(args, "tag", ())),
        getattr(args, "sweep", None),
        hasattr(args, "archived"),
    )
    found = use.runs(actor(), which, getattr(args, "sort", use.RunOrder.NEWEST), getattr(args, "limit", 20))
    return {"runs": _with_losses(found), "count": use.runs_counted(actor(), which)}


def _with_losses(found: Iterable[Job]) -> list[dict]:
    runs = list(found)
    lowest = lowest_metrics(actor(), [run.id for run in runs], "eval_loss")
    return [summary(run) | validation_measure(run.spec).fields(lowest.get(run.id, (0, None))[1]) for run in runs]


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
    changed = pairs(getattr(args, "changed", ()))
    for name in changed:
        if name not in TrainSpec.model_fields:
            raise InputError(f"{name} is not a training setting.", f"There are: {', '.join(TrainSpec.model_fields)}.")
    return {name: yaml.safe_load(text) for name, text in changed.items()}


def _tagged(args: Namespace) -> dict:
    return {
        "runs": _with_losses(use.tag_runs(actor(), args.runs, getattr(args, "tag", ()), getattr(args, "untag", ())))
    }


def _noted(args: Namespace) -> dict:
    if not hasattr(args, "text"):
        raise InputError("runs note needs the notes.", "Give them: --text '…'")
    return {"runs": _with_losses([use.note_run(actor(), args.runs[0], args.text)])}


def _delete(args: Namespace) -> dict:
    found = [preview_deletion(actor(), ThingKind.RUN, run_id) for run_id in args.runs]
    sure, trash = hasattr(args, "yes"), []
    if sure and hasattr(args, "for_good"):
        for run_id in args.runs:
            delete_for_good(actor(), ThingKind.RUN, run_id)
    elif sure:
        thrown, refused = use.delete_runs(actor(), args.runs)
        if refused:
            raise refused[0]
        trash = [entry.id for entry in thrown]
    frees_bytes = sum(one.frees_bytes for one in found)
    names = [one.name for one in found]
    return {"deletion": {"names": names, "frees_bytes": frees_bytes, "deleted": sure, "trash": trash}}


def _restorable(_args: Namespace) -> dict:
    return {"trash": [_entry(one) for one in deleted(actor()) if one.kind == ThingKind.RUN]}


def _restored(args: Namespace) -> dict:
    return {"trash": [_entry(undo(actor(), trash_id)) for trash_id in args.runs]}


def _entry(entry: Trash) -> dict:
    return {"id": entry.id, "name": entry.name, "size_bytes": entry.size_bytes, "deleted_at": entry.deleted_at}


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
    "delete": _delete,
    "deleted": _restorable,
    "restore": _restored,
    "sweeps": lambda _args: {"sweeps": sweeps.listed()},
    "sweep": lambda args: sweeps.standing(args.runs[0]),
    "again": lambda args: _started(run_again(actor(), args.runs[0])),
    "notebook": lambda args: {"printed": notebook_of(spec_of(actor(), args.runs[0]))},
    "yaml": lambda args: {"printed": training_yaml(spec_of(actor(), args.runs[0]).model_dump(mode="json"))},
}  # fmt: skip


def in_words(result: dict) -> Iterator[str]:
    """The result of a `runs` action as text."""
    for run in result.get("runs", ()) if isinstance(result.get("runs"), list) else ():
        tags = f"  [{', '.join(run['tags'])}]" if run["tags"] else ""
        yield f"{run['id']:24} {run['state']:10} {_validated(run):>12}  {run['name']}{tags}"
    if "count" in result and result["count"] > len(result["runs"]):
        yield f"{len(result['runs'])} of {result['count']:,}: see more with --limit"
    if "compared" in result:
        yield from _table({"": result["compared"]} | result["settings"], setting_text)
        yield from _table(result["scores"], lambda value: number_text(value, 3))
    for one in result.get("checkpoints", ()):
        yield f"{one['step']:>8,}  {_validated(one):>12}  {one['path']}{'  best' * one['is_best']}"
    for one in result.get("sweeps", ()):
        yield f"{one['id']:24} {one['runs']:>4} runs  {one['name']}"
    if deletion := result.get("deletion"):
        yield f"{', '.join(deletion['names'])}: {_deletion_in_words(deletion)}"
    for one in result.get("trash", ()):
        yield f"{one['id']:24} {size_text(one['size_bytes']):>9}  {one['deleted_at']:%Y-%m-%d %H:%M}  {one['name']}"
    if "sweep" in result:
        yield from sweeps.in_words(result)
    if "printed" in result:
        yield result["printed"].rstrip()
    if "job" in result:
        yield f"Run: {result['job']} in {result['output_dir']}"


def _validated(one: dict) -> str:
    """What a run or checkpoint measured on the validation split."""
    if one["mean_reward"] is not None:
        return f"reward {number_text(one['mean_reward'], 3)}"
    return number_text(one["validation_loss"], 3)


def _deletion_in_words(deletion: dict) -> str:
    size = size_text(deletion["frees_bytes"])
    if not deletion["deleted"]:
        return f"frees {size}. Add --yes to delete, and --for-good to free it at once."
    if not deletion["trash"]:
        return f"deleted, {size} freed."
    return f"deleted. Restore within 24 hours: python -m app runs restore {' '.join(deletion['trash'])}"


def _table(rows: dict[str, Iterable], words: Callable[[object], str]) -> Iterator[str]:
    for name, values in rows.items():
        yield f"{name:32}" + "".join(f"{words(value)[:22]:>24}" for value in values)
