"""Starting a preparation: a dataset from samples, files, the hub, or another dataset."""

from collections.abc import Iterable
from pathlib import Path

from app.data.datasets import find_dataset
from app.data.evaluation_sets import comparison_fields
from app.data.reports import report_in, version_in
from app.data.uploads import input_file, upload_path
from app.jobs.enqueue import enqueue
from app.models.find_model import find_model, model_or_default
from app.plumbing.studio import store
from core.data.samples import parse_domain
from core.specs import JobKind
from core.specs.names import dataset_name, folder_name, root_and_version, version_name
from storage.actors import Actor
from storage.jobs import unfinished_jobs
from storage.rows import Job
from storage.trash import places_in_trash

_LONGEST_ROOT = 70


def next_version(folder: str, reserved: Iterable[str] = ()) -> dict[str, str]:
    """The `name` and `output_dir` of a new version of the dataset in `folder`, numbered after the highest.

    `reserved` are the names of datasets that are being made or could be restored.
    """
    place = Path(folder).parent
    root, number = version_in(Path(folder), report_in(Path(folder)))
    stem = dataset_name(folder_name(root[:_LONGEST_ROOT]))
    taken = [path.name for path in place.glob(folder_name("*"))] + [folder_name(name) for name in reserved]
    known = [root_and_version(dataset_name(name)) for name in taken]
    numbers = [later for other, later in known if other == stem and later]
    return {"name": version_name(stem, max([number, *numbers]) + 1), "output_dir": str(place)}


def start_preparing(actor: Actor, **values) -> Job:
    """Queue a preparation; `values` are fields of PrepareSpec, or `upload`, the id of an uploaded file.

    Without `compare_with`, the dataset is compared with the studio's evaluation sets.
    """
    if "upload" in values:
        values["input_file"] = upload_path(values.pop("upload"))
    if values.get("input_file"):
        values |= {"source": "file", "input_file": input_file(values["input_file"])}
    elif values.get("dataset_name"):
        values["source"] = "hub"
    elif values.get("parent"):
        values |= {"source": "dataset", "parent": find_dataset(actor, values["parent"])}
        making = {other.name for other in unfinished_jobs(store(), [JobKind.PREPARE])}
        deleted = {Path(place).name for place in places_in_trash(store())}
        values = next_version(values["parent"], making | deleted) | values
    if values.get("source") == "sample":
        parse_domain(values.get("domain", "general"))
    if values.get("exclude_dataset"):
        values["exclude_dataset"] = find_dataset(actor, values["exclude_dataset"])
    if values.get("source") != "dataset":  # a new version keeps its parent's tokenizer
        values["model"] = find_model(actor, model_or_default(actor, values)).reference
    values |= comparison_fields(actor, values.get("compare_with"), values.get("parent"))
    return enqueue(actor, JobKind.PREPARE, values, base_name=values.get("domain", "general"))
