"""Runs as a table: found by text, state and tag; tagged, noted, archived and deleted, several at once."""

from collections.abc import Iterable, Sequence

from app.disk.trash import delete, preview_deletion
from app.plumbing.studio import store
from core.errors import InputError, TunewrightError
from core.specs.keeping import ThingKind
from storage import runs as rows
from storage.actors import Actor
from storage.rows import Job, Trash
from storage.runs import RunFilter, RunOrder

__all__ = [
    "RunFilter", "RunOrder", "archive_runs", "delete_runs", "newest_names", "note_run", "runs", "runs_counted",
    "tag_runs", "tags", "what_deleting_frees",
]  # fmt: skip

_LONGEST_TAG, _LONGEST_NOTES, _MOST_TAGS = 40, 4000, 20


def runs(actor: Actor, which: RunFilter, order: str = RunOrder.NEWEST, limit: int = 20, offset: int = 0) -> list[Job]:
    """A page of the runs that a filter lets through."""
    return rows.list_runs(store(), actor, which, RunOrder(order), limit, offset)


def runs_counted(actor: Actor, which: RunFilter) -> int:
    """How many runs a filter lets through."""
    return rows.count_runs(store(), actor, which)


def newest_names(actor: Actor) -> dict[str, str]:
    """The names of the newest runs by id, without reading anything else of them."""
    return rows.newest_names(store(), actor)


def tags(actor: Actor) -> dict[str, int]:
    """Every tag in use with its number of runs, the most used first."""
    return rows.tags_in_use(store(), actor)


def tag_runs(actor: Actor, run_ids: Sequence[str], add: Iterable[str] = (), remove: Iterable[str] = ()) -> list[Job]:
    """Add tags to runs and remove others, for all of them or none. Raises InputError, NotFoundError."""
    added = tuple(_checked_tag(tag) for tag in add)
    if len(added) > _MOST_TAGS:
        raise InputError(f"{len(added)} tags are more than the {_MOST_TAGS} a run may be given at once.", "Give fewer.")
    return rows.annotate(store(), actor, run_ids, add_tags=added, remove_tags=tuple(tag.strip() for tag in remove))


def note_run(actor: Actor, run_id: str, notes: str) -> Job:
    """Replace the notes on a run. Raises InputError if they are too long, NotFoundError."""
    if len(notes) > _LONGEST_NOTES:
        raise InputError(
            f"The notes have {len(notes):,} characters; {_LONGEST_NOTES:,} are kept.",
            "Shorten them.",
        )
    return rows.annotate(store(), actor, [run_id], notes=notes.strip())[0]


def archive_runs(actor: Actor, run_ids: Sequence[str], archived: bool = True) -> list[Job]:
    """Put runs out of sight, or back; nothing of them is deleted. Raises NotFoundError."""
    return rows.annotate(store(), actor, run_ids, archived=archived)


def what_deleting_frees(actor: Actor, run_ids: Sequence[str]) -> int:
    """The bytes that deleting these runs frees. Raises ConflictError if one of them is needed, NotFoundError."""
    return sum(preview_deletion(actor, ThingKind.RUN, run_id).frees_bytes for run_id in run_ids)


def delete_runs(actor: Actor, run_ids: Sequence[str]) -> tuple[list[Trash], list[TunewrightError]]:
    """Delete each of the runs that nothing needs: what can be restored for a day, and why the others stay."""
    thrown, refused = [], []
    for run_id in run_ids:
        try:
            thrown.append(delete(actor, ThingKind.RUN, run_id))
        except TunewrightError as error:
            refused.append(error)
    return thrown, refused


def _checked_tag(tag: str) -> str:
    tag = " ".join(tag.split())
    if not tag or len(tag) > _LONGEST_TAG or "," in tag or not tag.isprintable():
        raise InputError(
            f"{tag[:60]!r} cannot be a tag.", f"Use 1 to {_LONGEST_TAG} printable characters without a comma."
        )
    return tag
