"""`report` and `gate`: what is made of a finished evaluation, and whether it satisfies thresholds."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from app.cli.actor import actor
from app.evaluation.gate import gate
from app.evaluation.reports import harness_files, html_report, text_report
from app.evaluation.stored import evaluation_at, stored_evaluation
from core.errors import InputError
from core.evaluation.gate.thresholds import ThresholdsFile, read_thresholds
from core.full_disk import naming_full_disks

UNDECIDED = 2
"""The exit code of a gate that was given what it cannot use, as of one that cannot be told."""


def report(args: Namespace) -> dict:
    """Write the report that was asked for; the paths of its files."""
    found = evaluation_at(actor(), args.evaluation)
    folder = Path(getattr(args, "output_dir", None) or found.folder)
    kind = getattr(args, "format", "html")
    with naming_full_disks(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if kind == "lm-eval":
            return {"files": [str(path) for path in harness_files(found, folder)]}
        text = html_report(actor(), found) if kind == "html" else text_report(found)
        path = folder / f"evaluation_report.{kind}"
        path.write_text(text, encoding="utf-8")
    return {"files": [str(path)]}


def gate_result(args: Namespace) -> dict:
    """What became of each condition."""
    return {"gate": gate(evaluation_at(actor(), args.evaluation), thresholds_in(args.thresholds))}


def thresholds_in(file: str) -> ThresholdsFile:
    """The thresholds in this file. Raises InputError."""
    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}", "Give a YAML file of thresholds.") from error
    return read_thresholds(text, file)


def gated(result: dict, demanded: ThresholdsFile) -> dict:
    """What `evaluate` printed, with the outcome of the gate."""
    return result | {"gate": gate(stored_evaluation(actor(), result["job"]), demanded)}


def report_in_words(result: dict) -> Iterator[str]:
    """The written files."""
    yield from result["files"]


def gate_in_words(result: dict) -> Iterator[str]:
    """A line for each condition and one for all."""
    found = result["gate"]
    yield from (f"{one['state']}: {one['condition']}: {one['why']}" for one in found["checks"])
    passed = sum(one["state"] == "passed" for one in found["checks"])
    yield f"Gate {found['state']}: {passed} of {len(found['checks'])} conditions passed"
