"""Reading a dataset's folder: its report, version and title."""

from pathlib import Path

from app.wording.names import dataset_title, folder_title
from core.specs.dataset_names import dataset_name
from storage.database import from_json


def title_in(folder: str) -> str:
    """The title of the dataset in a folder, derived from the folder's name if the dataset is gone."""
    report = report_in(Path(folder))
    return dataset_title(*version_in(Path(folder), report)) if report else folder_title(folder)


def training_examples(folder: str) -> int | None:
    """The size of a dataset's training split; None if it has no report."""
    report = report_in(Path(folder))
    return report["splits"].get("train", 0) if report else None


def report_in(folder: Path) -> dict | None:
    """The report of the dataset in a folder; None if there is none.

    An unreadable report is replaced by one with the key `unreadable`, so that the dataset is still listed.
    """
    report = read_json(folder / "data_report.json")
    if report is None or (_counts(report.get("splits")) and _names_version(report.get("version"))):
        return report
    return {"splits": {}, "verdict": {"state": "unreadable"}, "unreadable": f"{folder / 'data_report.json'}"}


def _counts(splits: object) -> bool:
    return isinstance(splits, dict) and all(isinstance(count, int) for count in splits.values())


def _names_version(version: object) -> bool:
    if not isinstance(version, dict):
        return version is None
    return isinstance(version.get("root"), str) and isinstance(version.get("number"), int)


def read_json(path: Path) -> dict | None:
    try:
        return from_json(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return {"unreadable": str(error)}


def version_in(folder: Path, report: dict) -> tuple[str, int]:
    """The name that all versions share, and this version's number; 1 for datasets older than versioning."""
    version = report.get("version") or {"root": dataset_name(folder), "number": 1}
    return version["root"], version["number"]
