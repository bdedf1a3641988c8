"""What the inspector can be asked: columns and shapes of files, previews with a model's tokenizer, tables, diffs.

Libraries load when a call first needs them.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from core.specs import Cleaning, JobKind, Shape, parse_spec

_EXAMPLES_SHOWN = 20


def _look(path: str) -> dict:
    from core.data.reading import look

    return look(Path(path))


def _shapes(
    path: str, shape: str | None = None, column_map: dict[str, str] | None = None, good_from: float | None = None
) -> dict:
    """The shape of a file's rows, its mapping and reason, other possible shapes, unused columns, notes on how rows were
    combined, and the columns."""
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


def _lengths(folder: str, model: str, count: int = 300) -> tuple[list[tuple[int, int]], int]:
    """The lengths of some training examples of a dataset; see `SampledLengths`."""
    from core.data.store.tokenizing import sampled_lengths

    return sampled_lengths(folder, _tokenizer(model), count)


def _batch(folder: str, model: str, max_tokens: int, **asked: Any) -> list[dict]:
    """The first examples that a training on this dataset learns from, within the model's context; see `first_batch`."""
    from core.forecast.shape import shape_of
    from core.training.first_batch import first_batch

    shape = shape_of(model)
    limit = min(max_tokens, shape.context) if shape and shape.context else max_tokens
    return first_batch(folder, _tokenizer(model), max_tokens=limit, **asked)


def _rewards(folder: str, settings: dict, count: int, ask_judge: bool) -> list[dict]:
    """How the rewards in these fields of TrainSpec score right and wrong answers; see `scored_examples`."""
    from core.training.rewards.shown import scored_examples
    from storage.settings import settings as of_studio

    spec = parse_spec(
        JobKind.TRAIN, settings | {"name": "rewards", "output_dir": "", "dataset": folder, "method": "grpo"}
    )
    return scored_examples(spec, count, ask_judge, of_studio().synthesis_endpoints.split(","))


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


def _agreement(theirs: list[float], ours: list[float], highest_mark: int | None) -> dict:
    from core.evaluation.judging.trust import trust_in

    return trust_in(theirs, ours, highest_mark).model_dump(mode="json")


CALLS: dict[str, Callable[..., Any]] = {
    "look": _look,
    "shapes": _shapes,
    "preview": _preview,
    "lengths": _lengths,
    "batch": _batch,
    "rewards": _rewards,
    "agreement": _agreement,
    "cleaned": _cleaned,
    "table_page": _table_page,
    "questions": _questions,
    "diff": _diff,
}
