"""The report's entry on versions: which version of a dataset this is, and what changed."""

from pathlib import Path

from core.data.screening.plan import Planned
from core.specs import PrepareSpec
from core.specs.names import dataset_name, root_and_version


def version_of(planned: Planned) -> dict[str, object]:
    """The version's number, its root name and parent, and a summary of the changes."""
    if planned.revision is None:
        return {"number": 1, "root": planned.spec.name, "parent": None, "changes": ""}
    before = planned.parent.version if planned.parent else None
    number_before = before.number if before else 1
    folder = Path(planned.spec.parent).name
    done = [*planned.revision.in_words(), *(str(mend).replace("_", " ") for mend in planned.spec.mends)]
    _, number = root_and_version(planned.spec.name)
    return {
        "number": number or number_before + 1,
        "root": before.root if before else dataset_name(folder),
        "parent": folder,
        "changes": ", ".join(done) or _settings_in_words(planned.spec, number_before),
        "next_row": planned.revision.next_row,
    }


def _settings_in_words(spec: PrepareSpec, parent_number: int) -> str:
    """A summary where no row was changed: the settings did, or an older version was restored."""
    plain = PrepareSpec(name=spec.name, output_dir=spec.output_dir, source="dataset", parent=spec.parent)
    names = ("cleaning", "min_words", "max_words", "dedupe", "split_by")
    as_it_was = all(getattr(spec, name) == getattr(plain, name) for name in names)
    return f"as version {parent_number} was" if as_it_was else "settings changed"
