"""What a person says about an example of an evaluation: a comment, and tags to find it by."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from app.evaluation.answers import answers_of
from app.jobs.queries import job
from app.plumbing.studio import store
from core.errors import InputError, NotFoundError
from core.specs import JobKind
from storage import remarks as rows
from storage.actors import Actor
from storage.rows import Remark

LONGEST_COMMENT, LONGEST_TAG, MOST_TAGS = 4000, 40, 20


def remarks_by_place(actor: Actor, evaluation_id: str) -> dict[int, Remark]:
    """The person's remarks on the examples of an evaluation, by the example's place."""
    return {remark.example: remark for remark in rows.remarks_on(store(), actor, evaluation_id)}


def remark_on(
    actor: Actor,
    evaluation_id: str,
    place: int,
    comment: str,
    tags: Sequence[str] = (),
    over: datetime | Literal["any"] | None = "any",
) -> Remark | None:
    """Replace the remark on an example; an empty one, without comment and tags, is removed.

    `over` is when the remark to replace was changed, None if there was none: ConflictError if by now it is another.
    Raises InputError for one that is too long, NotFoundError for an example that the evaluation does not have.
    """
    comment, tags = comment.strip(), tuple(dict.fromkeys(map(_checked, tags)))
    if len(comment) > LONGEST_COMMENT:
        raise InputError(f"The comment has {len(comment):,} characters; {LONGEST_COMMENT:,} are kept.", "Shorten it.")
    if len(tags) > MOST_TAGS:
        raise InputError(f"{len(tags)} tags are more than the {MOST_TAGS} an example may have.", "Give fewer.")
    evaluation = job(actor, evaluation_id)
    answers = answers_of(evaluation) if evaluation.kind == JobKind.EVALUATE else None
    if not (answers and 0 <= place < answers.count):
        raise NotFoundError(f"The evaluation has no example {place + 1:,}.", "Examples are counted from 1.")
    return rows.keep_remark(store(), actor, evaluation_id, place, comment, tags, over)


def _checked(tag: str) -> str:
    tag = " ".join(tag.split())
    if not tag or "," in tag or len(tag) > LONGEST_TAG:
        raise InputError(f"{tag[:80]!r} is no tag.", f"Use 1 to {LONGEST_TAG} characters without commas.")
    return tag
