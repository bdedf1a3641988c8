"""The warm child that looks into data for the pages: files, shapes, previews with a model's tokenizer, tables, diffs.

The web process asks it through pipes, a JSON object a line: `{"call": …, "arguments": {…}}`, answered by
`{"value": …}` or `{"error": …}`. No port, so nobody else can ask; it ends with the web process. It is killed when an
answer takes too long, so a call changes nothing on disk.
"""

import json
import logging
import os
import resource
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import InputError, TunewrightError
from core.specs import Cleaning, Shape

MEMORY_BYTES = 3 << 30
_EXAMPLES_SHOWN = 20
_WHOLE = 1 << 20
"""Characters of a cell; the preview leaves out the middle of what is longer anyway."""
log = logging.getLogger(__name__)


def inspect() -> int:
    """Answer questions until standard input ends. Returns the exit status."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s inspector %(message)s")
    os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    # Private memory only: a table's files are mapped, and may be larger than what this process may hold.
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
        _say(answers, {"ready": True})
        for line in sys.stdin:
            _say(answers, _answer(json.loads(line)))
    return 0


def _say(answers, answer: dict) -> None:
    answers.write(json.dumps(answer, default=str) + "\n")
    answers.flush()


def _answer(question: dict) -> dict:
    try:
        return {"value": CALLS[question["call"]](**question["arguments"])}
    except TunewrightError as error:
        return {"error": {"type": type(error).__name__, "message": error.message, "remedy": error.remedy}}
    except MemoryError:
        return {"error": {
            "type": "InputError",
            "message": f"This needs more than {MEMORY_BYTES >> 30} GiB of memory to look at.",
            "remedy": "Make a smaller file of it, or use `prepare` on the command line.",
        }}  # fmt: skip


def _look(path: str) -> dict:
    from core.data.reading import look

    return look(Path(path))


def _shapes(
    path: str, shape: str | None = None, column_map: dict[str, str] | None = None, good_from: float | None = None
) -> dict:
    """What the rows of a file are: shape, mapping, reason, the other shapes they could be, what no role reads, how rows
    were put together, and the columns."""
    detected, columns, _, notes = _detected(path, shape, column_map or {}, good_from)
    return {
        "shape": detected.shape,
        "mapping": detected.mapping,
        "reason": detected.reason,
        "others": [{"shape": other, "reason": reason} for other, reason in detected.others],
        "unused": detected.unused,
        "notes": notes,
        "columns": columns,
    }


def _preview(
    source: dict,
    shape: str | None = None,
    column_map: dict[str, str] | None = None,
    good_from: float | None = None,
    cleaning: dict | None = None,
    model: str = "starter",
    count: int = 3,
    max_tokens: int = 512,
) -> list[dict]:
    """The first examples of a source, as `model` will see them in training: cleaned, where `cleaning` says how.

    `source` is {"path"} of a file, {"folder"} of a dataset, or {"domain", "seed"} of samples.
    """
    from core.data.cleaning import Cleaner
    from core.data.store.preview import preview

    examples = _examples(source, shape, column_map, good_from)
    if cleaning is not None:
        cleaner = Cleaner(Cleaning(**cleaning))
        cleaned = [cleaner.clean(example, row) for row, example in enumerate(examples, 1)]
        examples = [example for example, _, drop in cleaned if drop is None]
        if not examples:
            raise InputError("Cleaning leaves out all of the first rows.", "Switch off what leaves them out.")
    return preview(examples[: min(count, _EXAMPLES_SHOWN)], _tokenizer(model), max_tokens)


def _cleaned(
    source: dict, shape: str | None = None, column_map: dict[str, str] | None = None, good_from: float | None = None
) -> dict:
    """What each step of cleaning, called as the field of `Cleaning`, would do to the first rows of a source.

    {"looked_at", "steps": {step: {"count", "samples"}}}; samples as the cleaner keeps them. `source` is as for
    `preview`.
    """
    from core.data.cleaning import Cleaner, Fate, Step

    examples = _examples(source, shape, column_map, good_from)
    cleaner = Cleaner(Cleaning(boilerplate=True, personal_data="redact"))
    for row, example in enumerate(examples, 1):
        cleaner.clean(example, row)
    steps = {
        step.name.lower(): {"count": cleaner.counts[step], "samples": cleaner.samples[step]}
        for step in Step
        if cleaner.counts[step]
    }
    steps["answers"] = {
        "count": cleaner.answers.counts[Fate.LEFT],
        "samples": cleaner.answers.samples.get(Fate.LEFT, []),
    }
    return {"looked_at": len(examples), "steps": steps}


def _examples(
    source: dict, shape: str | None, column_map: dict[str, str] | None, good_from: float | None
) -> list[dict[str, str]]:
    """The examples in the first rows of a source. Raises InputError where there is none."""
    from core.data.shapes import Mapper, detect, detect_prepared

    if "folder" in source:
        page = _table_page(source["folder"], limit=_EXAMPLES_SHOWN, cell_characters=_WHOLE)
        detected, head = detect_prepared(page["columns"]), page["rows"]
    elif "domain" in source:
        head = _samples(source["domain"], source["seed"], Shape(shape))
        detected = detect(list(head[0]), head, Shape(shape))
    else:
        detected, columns, head, _ = _detected(source["path"], shape, column_map or {}, good_from)
        if "conversation" in detected.mapping:
            head = _conversations(detected, columns, head)
    examples = [example for example, _ in map(Mapper(detected).example, head) if example]
    if not examples:
        raise InputError("None of the first rows makes an example.", "Choose other columns, or another shape.")
    return examples


def _samples(domain: str, seed: int, shape: Shape) -> list[dict]:
    from core.data.samples import make_samples

    samples = make_samples(domain, _EXAMPLES_SHOWN, seed, shape)
    return [{name: value for name, value in sample.items() if name != "notice"} for sample in samples]


def _conversations(detected, columns: list[str], head: list[dict]) -> list[dict]:
    """The conversations that the messages in the first rows make, but for the last, which may go on below them."""
    from core.data.sources.conversations import join_by_id

    asked = detected.mapping | ({"assistant": detected.assistant} if detected.assistant else {})
    found = [row.values for row in join_by_id(_source(columns, head), detected.shape, asked).rows]
    return found[:-1] or found


def _source(columns: list[str], head: list[dict]):
    from core.data.rows import Row, Source

    rows = (Row(number, values) for number, values in enumerate(head, 1))
    return Source({"notes": []}, columns, rows, position=lambda: (0, 0))


def _detected(path: str, shape: str | None, column_map: dict[str, str], good_from: float | None):
    """What the first rows are, the columns, and the values of these rows: of conversations, where they follow others.
    Also what is to be known of how they were read."""
    from core.data.shapes import detect
    from core.data.sources.trees import join_by_parent

    seen, asked = _look(path), Shape(shape) if shape else None
    source = join_by_parent(_source(seen["columns"], seen["head"]), asked, column_map)
    head = [row.values for row in source.rows]
    detected = detect(source.columns, head, asked, column_map, good_from)
    return detected, source.columns, head, source.facts["notes"]


@cache
def _tokenizer(model: str):
    from core.data.store.tokenizing import load_light_tokenizer

    return load_light_tokenizer(model)


def _table_page(folder: str, **asked: Any) -> dict:
    from core.data.store.table_page import table_page

    return table_page(folder, **asked)


def _diff(folder_a: str, folder_b: str, **asked: Any) -> dict:
    from core.data.store.diff import diff

    return diff(folder_a, folder_b, **asked)


def _questions(folder: str) -> list[str]:
    from core.data.store.questions import questions_of

    return questions_of(folder)


CALLS: dict[str, Callable[..., Any]] = {
    "look": _look,
    "shapes": _shapes,
    "preview": _preview,
    "cleaned": _cleaned,
    "table_page": _table_page,
    "questions": _questions,
    "diff": _diff,
}
