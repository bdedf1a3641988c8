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

from core.errors import TunewrightError
from core.specs import Cleaning, Shape

MEMORY_BYTES = 3 << 30
_EXAMPLES_SHOWN = 20
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
    from core.data.preparing.first_rows import detect_head

    detected, columns, _, notes = detect_head(path, _shape(shape), column_map or {}, good_from)
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
    """The first examples of a source (see `first_examples`) as `model` will see them in training, cleaned if asked."""
    from core.data.preparing.first_rows import clean_examples, first_examples
    from core.data.store.preview import preview

    examples = first_examples(source, _shape(shape), column_map or {}, good_from)
    if cleaning is not None:
        examples = clean_examples(examples, Cleaning(**cleaning))
    return preview(examples[: min(count, _EXAMPLES_SHOWN)], _tokenizer(model), max_tokens)


def _cleaned(
    source: dict, shape: str | None = None, column_map: dict[str, str] | None = None, good_from: float | None = None
) -> dict:
    """What each step of cleaning would do to the first rows of a source; see `try_cleaning`."""
    from core.data.preparing.first_rows import first_examples, try_cleaning

    return try_cleaning(first_examples(source, _shape(shape), column_map or {}, good_from))


def _shape(name: str | None) -> Shape | None:
    return Shape(name) if name else None


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
