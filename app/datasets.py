"""Datasets as the person sees them: the list, one of them and its versions, its examples."""

import re
from collections.abc import Iterable
from pathlib import Path

from app.names import dataset_title, folder_title
from app.plumbing.inspection import ask
from app.plumbing.places import dataset_folder
from app.plumbing.studio import store
from core.data.samples import Domain, capacity
from core.errors import InputError, NotFoundError
from core.specs import ArtifactKind, Split
from storage.artifacts import list_artifacts
from storage.database import from_json
from storage.rows import Artifact

SAMPLE_DOMAINS = tuple(str(domain) for domain in Domain)
_MARK = "dataset_dict.json"
_LONGEST_ROOT = 70
_MOST_SETS, _MOST_SET_ROWS = 20, 100_000
"""How many evaluation sets, and rows in them, a dataset is compared with unasked: at most about two seconds of work."""


def samples_at_most(domain: str) -> int:
    """How many different samples there are of a domain."""
    return capacity(domain)


def datasets() -> list[dict]:
    """Every version of every dataset that still stands, newest first.

    `root` is the name that all versions share; `name` is that of the first, and `root@2` of the second, by which it is
    asked for; `title` is what people read.
    """
    found = [_described(artifact) for artifact in list_artifacts(store(), kind=ArtifactKind.DATASET)]
    return [dataset for dataset in found if dataset]


def dataset(reference: str) -> dict:
    """The dataset of this id or name, with its report: a name alone means its newest version, `name@2` the second.

    Raises NotFoundError.
    """
    known = datasets()
    for candidate in known:
        if reference in (candidate["id"], f"{candidate['root']}@{candidate['version']}"):
            return candidate
        if reference == candidate["root"]:
            return versions_of(candidate, known)[-1]
        if reference == Path(candidate["path"]).name.removesuffix("_dataset"):
            return candidate
    names = ", ".join(candidate["name"] for candidate in known[:10])
    raise NotFoundError(
        f"There is no dataset {reference!r}.", f"There are: {names}." if names else "Make one on the Data page first."
    )


def versions_of(one: dict, known: list[dict] | None = None) -> list[dict]:
    """All versions of a dataset that still stand, by their number. They lie beside each other."""
    place = Path(one["path"]).parent
    known = datasets() if known is None else known
    found = [other for other in known if other["root"] == one["root"] and Path(other["path"]).parent == place]
    return sorted(found, key=lambda version: version["version"])


def next_version(folder: str, spoken_for: Iterable[str] = ()) -> dict[str, str]:
    """The `name` and `output_dir` of a new version of the dataset in `folder`: the number after the highest there is.

    `spoken_for` are the names of datasets that are being made, or may be brought back.
    """
    place = Path(folder).parent
    root, number = _version(Path(folder), report_in(Path(folder)) or {})
    stem = dataset_folder(root[:_LONGEST_ROOT]).removesuffix("_dataset")
    taken = [path.name for path in place.glob("*_dataset")] + [dataset_folder(name) for name in spoken_for]
    numbers = [int(found[1]) for name in taken if (found := re.fullmatch(rf"{re.escape(stem)}\.v(\d+)_dataset", name))]
    return {"name": f"{stem}.v{max([number, *numbers]) + 1}", "output_dir": str(place)}


def evaluation_sets(parent: str | None = None) -> list[dict]:
    """The newest version of each dataset that has rows for checking, newest first.

    Not among them are versions of the dataset in the folder `parent`: its next version has the same rows.
    """
    families: dict[tuple[Path, str], dict] = {}
    for one in datasets():
        families.setdefault((Path(one["path"]).parent, one["root"]), one)
    if parent:
        folder = Path(parent)
        families.pop((folder.parent, _version(folder, report_in(folder) or {})[0]), None)
    return [one for one in families.values() if _rows_for_checking(one)]


def compared_unasked(sets: list[dict], parent: str | None = None) -> list[dict]:
    """The newest of the evaluation sets, as many as take little time; none that `parent` was not compared with."""
    left_out = (_told(Path(parent, "spec.json")) or {}).get("not_compared_with", ()) if parent else ()
    chosen, rows = [], 0
    for one in sets:
        more = _rows_for_checking(one)
        if one["path"] not in left_out and len(chosen) < _MOST_SETS and rows + more <= _MOST_SET_ROWS:
            chosen.append(one)
            rows += more
    return chosen


def _rows_for_checking(one: dict) -> int:
    return sum(one["report"]["splits"].get(split, 0) for split in (Split.VALIDATION, Split.TEST))


def find_dataset(reference: str | None) -> str:
    """The absolute folder of a dataset given by id, name (its newest version), `name@2`, or a path.

    A name is a name, whatever lies in the working directory; a path has a slash in it. Raises InputError when none is
    given or the folder holds no dataset, NotFoundError when there is none so called.
    """
    if not reference:
        raise InputError("No dataset is given.", "Name a dataset, or give its folder.")
    if "\0" in reference:
        raise InputError("A dataset's name cannot hold a NUL character.", "Give its folder or name.")
    if "/" not in reference:
        return dataset(reference)["path"]
    folder = Path(reference).expanduser().absolute()
    if (folder / _MARK).is_file():
        return str(folder)
    if folder.exists():
        raise InputError(
            f"{folder} is not a dataset: it has no {_MARK}.",
            "Name a dataset, or give the folder of one.",
        )
    raise NotFoundError(f"There is no folder {folder}.", "Name a dataset, or give the folder of one.")


def preview(reference: str, split: str = Split.TRAIN, offset: int = 0, limit: int = 20) -> list[dict]:
    """Up to `limit` examples of a split from `offset` on, as plain dicts; very long texts are cut."""
    folder = find_dataset(reference)
    return ask("table_page", folder=folder, split=Split(split), offset=offset, limit=limit)["rows"]


def _described(artifact: Artifact) -> dict | None:
    folder = Path(artifact.path)
    report = report_in(folder)
    if report is None:
        return None
    root, number = _version(folder, report)
    return {
        "id": artifact.id,
        "name": root if number == 1 else f"{root}@{number}",
        "title": dataset_title(root, number),
        "root": root,
        "version": number,
        "path": str(folder),
        "job_id": artifact.job_id,
        "created_at": artifact.created_at,
        "report": report,
    }


def title_in(folder: str) -> str:
    """What the dataset in a folder is called; what the folder's name says where it is gone."""
    report = report_in(Path(folder))
    return dataset_title(*_version(Path(folder), report)) if report else folder_title(folder)


def training_examples(folder: str) -> int | None:
    """How many examples a dataset has to train on; None for one that was made elsewhere and does not say."""
    report = report_in(Path(folder))
    return report["splits"].get("train", 0) if report else None


def report_in(folder: Path) -> dict | None:
    """What the dataset in a folder says of itself; None where it is gone.

    One that cannot be read is listed all the same, and says so under `unreadable`.
    """
    report = _told(folder / "data_report.json")
    if report is None or (_counts(report.get("splits")) and _names_version(report.get("version"))):
        return report
    return {"splits": {}, "verdict": {"state": "unreadable"}, "unreadable": f"{folder / 'data_report.json'}"}


def _counts(splits: object) -> bool:
    return isinstance(splits, dict) and all(isinstance(count, int) for count in splits.values())


def _names_version(version: object) -> bool:
    if not isinstance(version, dict):
        return version is None
    return isinstance(version.get("root"), str) and isinstance(version.get("number"), int)


def _told(path: Path) -> dict | None:
    try:
        return from_json(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return {"unreadable": str(error)}


def _version(folder: Path, report: dict) -> tuple[str, int]:
    """The name that all versions share, and which of them it is; what is older than versions is the first."""
    version = report.get("version") or {"root": folder.name.removesuffix("_dataset"), "number": 1}
    return version["root"], version["number"]
