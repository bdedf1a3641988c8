"""Which fields a request may have: null counts as left out, a field that changes nothing is ignored, and one that
would change the answer but is not implemented is refused by name. Light: pydantic only.
"""

import json
from difflib import get_close_matches
from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from core.inference.foreign_fields import HARMLESS, INSTEAD, NEUTRAL
from core.values import NAMES_AND_NUMBERS

LONGEST_PROMPT = 1_000_000
"""Characters of text in one request, far more than any model's context holds."""
Text = Annotated[str, Field(max_length=LONGEST_PROMPT)]

_LONGEST_NAME = 60
"""Longest field name that is compared with the known names, to catch a misspelling."""
_MOST_FIELDS = 200
"""Fields in one request: each unknown one is compared with all known ones."""


class RequestPart(BaseModel):
    """Part of a request. OpenAI's clients send null for a field left at its default."""

    model_config = NAMES_AND_NUMBERS

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, values):
        return (
            {name: value for name, value in values.items() if value is not None} if isinstance(values, dict) else values
        )


class RequestBody(RequestPart):
    """The body of a request for an answer."""

    @model_validator(mode="before")
    @classmethod
    def _check_fields(cls, values):
        if isinstance(values, dict):
            if len(values) > _MOST_FIELDS:
                raise ValueError(f"it has {len(values)} fields; the limit is {_MOST_FIELDS}")
            for name, value in values.items():
                cls._check(str(name), value)
        return values

    @classmethod
    def _check(cls, name: str, value: object) -> None:
        if name in cls.model_fields or name in HARMLESS or value is None:
            return
        if name in NEUTRAL:
            if not any(type(value) in (type(one), float) and value == one for one in NEUTRAL[name]):
                raise ValueError(f"{name} is not supported here; {INSTEAD.get(name, 'leave it out')}")
            return
        if len(name) > _LONGEST_NAME:
            return
        known = {_letters(field): field for field in cls.model_fields}
        if meant := get_close_matches(_letters(name), known, n=1, cutoff=0.85):
            raise ValueError(f"{name!r} is not a field of this request; did you mean {known[meant[0]]!r}?")


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def check_encodable(value: object) -> None:
    """Raise ValueError for a JSON value that UTF-8 cannot encode: one with an unpaired surrogate such as `\\ud83d`."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ValueError("it holds half a character (an unpaired surrogate), or is nested too deeply") from None
