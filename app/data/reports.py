"""Reading a dataset's folder: its report, version and title."""

from pathlib import Path

from app.wording.names import dataset_title, folder_title
from core.errors import CorruptArtifactError
from core.specs.names import dataset_name
from core.specs.results.report import DataReport, ReadinessVerdict
from storage.json_columns import from_json


def title_in(folder: str) -> str:
    """The title of the dataset in a folder, derived from the folder's name if the dataset is gone."""
    report = report_in(Path(folder))
    return dataset_title(*version_in(Path(folder), report)) if report else folder_title(folder)


def training_examples(folder: str) -> int | None:
    """The size of a dataset's training split; None if it has no report."""
    report = report_in(Path(folder))
    return report.splits.get("train", 0) if report else None


def report_in(folder: Path) -> DataReport | None:
    """The report of the dataset in a folder; None if there is none.

    An unreadable report is replaced by one with `unreadable` set, so that the dataset is still listed.
    """
    path = folder / "data_report.json"
    values = read_json(path)
    if values is None:
        return None
    try:
        return DataReport.read(values, str(path))
    except CorruptArtifactError:
        return DataReport(splits={}, verdict=ReadinessVerdict(state="unreadable"), unreadable=str(path))


def read_json(path: Path) -> dict | None:
    try:
        return from_json(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return {"unreadable": str(error)}


def version_in(folder: Path, report: DataReport | None) -> tuple[str, int]:
    """The name that all versions share, and this version's number; 1 for datasets older than versioning."""
    if report and report.version:
        return report.version.root, report.version.number
    return dataset_name(folder), 1
