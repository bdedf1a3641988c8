"""A dataset made of an evaluation's examples, such as those that a model got wrong."""

import json
from collections.abc import Iterator
from pathlib import Path

from app.data.start_preparing import start_preparing
from app.data.uploads import store_upload
from app.evaluation.browsing import Found, View
from app.jobs.enqueue import rivals
from app.jobs.results import EvaluateResult, read_result
from app.plumbing.places import next_name
from core.errors import InputError
from core.evaluation.browsing.asked_again import row_of
from core.specs import JobKind
from core.specs.results.forgetting import GENERAL_SPLIT
from storage.actors import Actor
from storage.rows import Job

SPOILS = (
    "A model trained on these has seen the questions and answers of this evaluation: evaluating it on them again "
    "proves nothing. Keep other examples for that."
)
_LONGEST_BEGINNING = 40
"""What a dataset's name keeps of the evaluation's, so that the rest and a number fit."""
_READ_AT_ONCE = 200


def start_dataset_of(actor: Actor, evaluation: Job, found: Found, name: str = "") -> Job:
    """Prepare a dataset of the examples found: prompt, reference, topic, source and tags, and where they come from.

    Each call makes another dataset; without a `name` it is named after the evaluation and what was asked for, and
    numbered. Nothing is cleaned, dropped or cut. Raises InputError without examples or for the
    general set, and what `start_preparing` raises.
    """
    if found.view.split == GENERAL_SPLIT:
        raise InputError(
            "A reference of the general set is only one way to be right: it is no answer to learn from.",
            "Take examples of another split.",
        )
    if not len(found.places):
        raise InputError("No example was found that the dataset could hold.", "Change what is filtered.")
    words = which_examples(found.view)
    stem = name.strip() or f"{evaluation.name[:_LONGEST_BEGINNING].strip()} {words}"[:60].strip()
    free = next_name(JobKind.PREPARE, stem, {other.name for other in rivals(JobKind.PREPARE)})
    result = read_result(evaluation, EvaluateResult)
    asked_of = Path(evaluation.spec.get("dataset") or "").name or result.dataset
    origin = (
        f"Made of {len(found.places):,} examples of the evaluation {evaluation.name} ({evaluation.id}): "
        f"{words}, from the {found.view.split} split of {asked_of}. {SPOILS}"
    )
    upload = store_upload(f"{free}.jsonl", _lines(found, words))
    return start_preparing(
        actor, upload=upload["id"], name=free, made_from=origin, min_words=0, max_words=1_000_000_000,
        dedupe="off", cleaning={"unicode": False, "html": False, "urls": False, "whitespace": False},
    )  # fmt: skip


def which_examples(view: View) -> str:
    """What a view asks for, in words, for names: `missed by Tuned`."""
    words = [f"{view.outcome} by {view.model}"] if view.outcome else []
    words += [f"of {value}" for value in (view.topic, view.source, view.tag) if value]
    words += [f"{view.length} ones"] if view.length else []
    words += [f"with {view.search[:20]}"] if view.search else []
    words += ["models disagree"] if view.disagree else []
    words += ["with remarks"] if view.remarked else []
    return ", ".join(words) or "all"


def _lines(found: Found, words: str) -> Iterator[bytes]:
    tag = words.replace(",", ";")
    for start in range(0, len(found.places), _READ_AT_ONCE):
        for shown in found.page(start, _READ_AT_ONCE):
            own = shown.remark.tags if shown.remark else ()
            yield json.dumps(row_of(shown.row, *own, tag), ensure_ascii=False).encode() + b"\n"
