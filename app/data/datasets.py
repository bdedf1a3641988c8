"""Datasets: the list, finding one, its versions and examples."""

from pathlib import Path

from app.data.reports import report_in, version_in
from app.plumbing.inspection import ask
from app.plumbing.studio import store
from app.wording.names import dataset_title
from core.data.samples import Domain, capacity
from core.errors import InputError, NotFoundError
from core.specs import ArtifactKind, Split
from core.specs.names import dataset_name
from storage.actors import Actor
from storage.artifacts import list_artifacts
from storage.rows import Artifact

SAMPLE_DOMAINS = tuple(str(domain) for domain in Domain)
_MARK = "dataset_dict.json"


def samples_at_most(domain: str) -> int:
    """How many different samples a domain has."""
    return capacity(domain)


def datasets(actor: Actor) -> list[dict]:
    """Every existing version of every dataset, newest first.

    `root` is the name that all versions share; `name` is `root` for the first version and `root@2` for the second;
    `title` is for display.
    """
    found = [_described(artifact) for artifact in list_artifacts(store(), actor, kind=ArtifactKind.DATASET)]
    return [dataset for dataset in found if dataset]


def dataset(actor: Actor, reference: str) -> dict:
    """The dataset with this id or name, with its report: a bare name means the newest version, `name@2` the second.

    Raises NotFoundError.
    """
    known = datasets(actor)
    for candidate in known:
        if reference in (candidate["id"], f"{candidate['root']}@{candidate['version']}"):
            return candidate
        if reference == candidate["root"]:
            return versions_of(actor, candidate, known)[-1]
        if reference == dataset_name(candidate["path"]):
            return candidate
    names = ", ".join(candidate["name"] for candidate in known[:10])
    raise NotFoundError(
        f"There is no dataset {reference!r}.", f"There are: {names}." if names else "Make one on the Data page first."
    )


def versions_of(actor: Actor, one: dict, known: list[dict] | None = None) -> list[dict]:
    """The existing versions of a dataset, by number. They are in the same folder."""
    place = Path(one["path"]).parent
    known = datasets(actor) if known is None else known
    found = [other for other in known if other["root"] == one["root"] and Path(other["path"]).parent == place]
    return sorted(found, key=lambda version: version["version"])


def find_dataset(actor: Actor, reference: str | None) -> str:
    """The absolute folder of a dataset given by id, name (newest version), `name@2`, or path.

    Only a reference with a slash is a path, whatever the working directory contains. Raises InputError if it is empty
    or the folder is not a dataset, NotFoundError if it does not exist.
    """
    if not reference:
        raise InputError("No dataset was given.", "Name a dataset, or give its folder.")
    if "\0" in reference:
        raise InputError("A dataset's name cannot contain a NUL character.", "Give its folder or name.")
    if "/" not in reference:
        return dataset(actor, reference)["path"]
    folder = Path(reference).expanduser().absolute()
    if (folder / _MARK).is_file():
        return str(folder)
    if folder.exists():
        raise InputError(
            f"{folder} is not a dataset: it has no {_MARK}.",
            "Name a dataset, or give the folder of one.",
        )
    raise NotFoundError(f"There is no folder {folder}.", "Name a dataset, or give the folder of one.")


def preview(actor: Actor, reference: str, split: str = Split.TRAIN, offset: int = 0, limit: int = 20) -> list[dict]:
    """Up to `limit` examples of a split, starting at `offset`, as dicts; very long texts are cut."""
    folder = find_dataset(actor, reference)
    return ask("table_page", folder=folder, split=Split(split), offset=offset, limit=limit)["rows"]


def _described(artifact: Artifact) -> dict | None:
    folder = Path(artifact.path)
    report = report_in(folder)
    if report is None:
        return None
    root, number = version_in(folder, report)
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
