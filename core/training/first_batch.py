"""The first batch of a run as its method sees it: which examples, and which of their tokens count. Loads no torch."""

import pyarrow.compute as pc

from core.data.store.datasets import open_tables
from core.data.store.preview import preview
from core.specs.train import Method, TrainOn
from core.training.schedule import chosen_by_step

_BETTER, _WORSE = "better answer, to prefer", "worse answer, to avoid"
_GOOD, _BAD = "good answer, to prefer", "bad answer, to avoid"


def first_batch(
    folder: str,
    tokenizer,
    *,
    method: Method,
    train_on: TrainOn,
    batch_size: int,
    accumulation: int,
    seed: int,
    max_tokens: int,
    count: int,
) -> list[dict]:
    """The first `count` examples that a run on this dataset learns from, as `preview` shows them.

    Each has its `number` and, where the method gives it one, a `role`; a pair is shown as two examples of one number.
    Where the run leaves out examples, because their question fills `max_tokens`, its batch holds others too. Raises
    what `open_tables` and `preview` raise.
    """
    rows = open_tables(folder)["train"]
    if method == "sft" and "label" in rows.column_names:
        rows = rows.filter(pc.not_equal(rows["label"], "bad"))
    answers = 2 if method == "kto" and "rejected" in rows.column_names else 1  # a pair is two judged answers
    if not len(rows):
        return []
    places = chosen_by_step(answers * len(rows), 0, batch_size, accumulation, seed)[:count]
    taken = rows.take(places // answers).to_pylist()
    if method == "kto":
        good = (places % 2 == 0).tolist() if answers == 2 else [row["label"] == "good" for row in taken]
        read = [row if answers == 1 or kept else _worse(row) for row, kept in zip(taken, good, strict=True)]
        shown = [(preview(read, tokenizer, max_tokens), [_GOOD if kept else _BAD for kept in good])]
    elif method in ("dpo", "orpo", "simpo"):
        whole_text: TrainOn = "everything" if method == "orpo" else "answers"
        shown = [
            (preview(taken, tokenizer, max_tokens, whole_text), [_BETTER] * len(taken)),
            (preview([_worse(row) for row in taken], tokenizer, max_tokens), [_WORSE] * len(taken)),
        ]
    elif method == "pretrain":
        windows = preview(taken, tokenizer, max_tokens)
        roles = ["first window of its text" if one["cut_off"] else "" for one in windows]
        shown = [([one | {"cut_off": False} for one in windows], roles)]
    else:
        shown = [(preview(taken, tokenizer, max_tokens, train_on), [""] * len(taken))]
    return [
        examples[place] | {"number": place + 1, "role": roles[place]}
        for place in range(len(taken))
        for examples, roles in shown
    ]


def _worse(pair: dict) -> dict:
    """A preference pair with the rejected answer in place of the chosen one."""
    return {**pair, "chosen": pair["rejected"]}
