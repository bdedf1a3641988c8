"""Rows with the columns of public data sets (Alpaca's, C4's, ShareGPT's preference pairs), on one subject."""

import json
from collections.abc import Callable
from pathlib import Path

from core.data.preparing.prepare import prepare
from core.data.samples import make_samples
from core.specs import PrepareSpec

_ROWS = 240
_WORSE = (
    "Perhaps, as some people seem to say, it could be this: {answer}",
    "That is a hard question, and I would rather not say anything about it here.",
    "{half}",
)
"""Answers that hedge, evade or break off. Wrong facts would be no preference that a model of 6 million learns."""


def alpaca() -> list[dict]:
    return [{name: row[name] for name in ("instruction", "input", "output")} for row in _samples()]


def c4() -> list[dict]:
    return [{"text": f"{row['instruction']} {row['input']} {row['output']}"} for row in _samples()]


def sharegpt() -> list[dict]:
    """Pairs of a better and a worse answer."""
    return [
        {
            "conversations": [{"from": "human", "value": f"{row['instruction']} {row['input']}".strip()}],
            "chosen": {"from": "gpt", "value": (answer := row["output"])},
            "rejected": {
                "from": "gpt",
                "value": _WORSE[number % len(_WORSE)].format(answer=answer, half=answer[: len(answer) // 2]),
            },
        }
        for number, row in enumerate(_samples())
    ]


def judged() -> list[dict]:
    """Single answers, each judged good or bad: those of the pairs."""
    return [
        {
            "messages": [
                {"role": "user", "content": row["conversations"][0]["value"]},
                {"role": "assistant", "content": row[of]["value"]},
            ],
            "label": of == "chosen",
        }
        for row in sharegpt()
        for of in ("chosen", "rejected")
    ]


def _samples() -> list[dict]:
    return make_samples("healthcare", _ROWS, 42)


def prepared(folder: Path, rows: Callable[[], list[dict]]) -> str:
    """The dataset that a person gets from a file of these rows, with 24 of 240 for validation."""
    file = folder / "rows.json"
    file.write_text(json.dumps(rows()), encoding="utf-8")
    return prepare(PrepareSpec(name="rows", output_dir=str(folder), source="file", input_file=str(file))).path
