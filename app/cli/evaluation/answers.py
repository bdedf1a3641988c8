"""`answers`: the examples behind an evaluation's scores, remarks on them, datasets made of them."""

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import TypeVar

from app.cli.actor import actor
from app.cli.follow import follow
from app.evaluation.answers import indexing_of
from app.evaluation.browsing import Found, View, find_examples, finished_evaluation
from app.evaluation.dataset_of_examples import start_dataset_of
from app.evaluation.remarks import remark_on, remarks_by_place
from core.errors import BusyError, InputError
from storage.rows import Job

_POLL_SECONDS = 0.5
_FIRST_CHARACTERS = 300
_Result = TypeVar("_Result")


def run_action(args: Namespace) -> dict:
    """The result of an `answers` action as plain values."""
    return _ACTIONS[args.action](args, finished_evaluation(actor(), args.evaluation))


def _listed(args: Namespace, evaluation: Job) -> dict:
    found = _found(args, evaluation)
    offset, limit = max(0, getattr(args, "offset", 0)), max(0, getattr(args, "limit", 5))
    examples = [
        {"number": shown.place + 1} | shown.row.model_dump() | {
            "outcomes": {name: found.tally.how_good(shown.row.scores.get(name, {})) for name in shown.row.predictions},
            "remark": shown.remark and {"comment": shown.remark.comment, "tags": list(shown.remark.tags)},
        }
        for shown in found.page(offset, limit)
    ]  # fmt: skip
    return {"total": len(found.places), "offset": offset, "metric": found.view.metric, "examples": examples}


def _remarked(args: Namespace, evaluation: Job) -> dict:
    if not hasattr(args, "example"):
        raise InputError("answers remark needs an example.", "Say which: --example 12")
    place, taken_back = args.example - 1, getattr(args, "remove", False)
    if taken_back == (hasattr(args, "comment") or hasattr(args, "tag")):
        raise InputError(
            "answers remark either keeps something or takes it back.", "Give --comment, --tag or both; or --remove."
        )
    before = None if taken_back else remarks_by_place(actor(), evaluation.id).get(place)
    comment, tags = (before.comment, before.tags) if before else ("", ())
    comment = getattr(args, "comment", comment)
    if hasattr(args, "tag"):
        tags = [tag for tag in args.tag.split(",") if tag.strip()]
    kept = _once_indexed(evaluation, lambda: remark_on(actor(), evaluation.id, place, comment, tags))
    return {"remark": kept and {"number": args.example, "comment": kept.comment, "tags": list(kept.tags)}}


def _made(args: Namespace, evaluation: Job) -> dict:
    started = start_dataset_of(actor(), evaluation, _found(args, evaluation), getattr(args, "name", ""))
    return {"job": started.id, "output_dir": started.output_dir} | follow(started)


def _found(args: Namespace, evaluation: Job) -> Found:
    asked = {field.name: getattr(args, field.name) for field in fields(View) if hasattr(args, field.name)}
    return _once_indexed(evaluation, lambda: find_examples(actor(), evaluation, View(**asked)))


def _once_indexed(evaluation: Job, act: Callable[[], _Result]) -> _Result:
    """What `act` returns, called once the answers are indexed."""
    while True:
        try:
            return act()
        except BusyError as error:
            if not indexing_of(evaluation):
                raise
            print(error.message, file=sys.stderr)
            time.sleep(_POLL_SECONDS)


_ACTIONS: dict[str, Callable[[Namespace, Job], dict]] = {"list": _listed, "remark": _remarked, "dataset": _made}


def in_words(result: dict) -> Iterator[str]:
    """The result of an `answers` action as text."""
    for one in result.get("examples", ()):
        yield f"--- {one['number']:,}"
        yield f"asked: {_beginning(' '.join((one['instruction'], one['input'])))}"
        yield f"reference: {_beginning(one['reference'])}"
        for name, answer in one["predictions"].items():
            score = one["scores"].get(name, {}).get(result["metric"])
            told = "" if score is None else f", {result['metric']} {score:.3g}"
            yield f"{name} ({one['outcomes'][name]}{told}): {_beginning(answer)}"
        if one["remark"]:
            yield f"remark: {one['remark']['comment']} [{', '.join(one['remark']['tags'])}]"
    if "total" in result:
        yield f"{len(result['examples'])} of {result['total']:,}, from {result['offset'] + 1:,} on"
    if "remark" in result:
        yield "Kept." if result["remark"] else "Removed."
    if "path" in result:
        yield f"Dataset: {result['path']}"


def _beginning(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _FIRST_CHARACTERS else f"{text[:_FIRST_CHARACTERS]} …"
