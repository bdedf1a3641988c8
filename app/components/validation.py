"""Validating inputs against the fields of the specs, with messages that follow a field's label."""

from collections.abc import Callable
from typing import Annotated

from pydantic import TypeAdapter, ValidationError

from app.plumbing.places import checked_name, is_taken
from core.data.synthesis.allowed import checked_address, checked_key_name
from core.errors import InputError
from core.specs import SPECS, JobKind
from storage.settings import settings

_BOUNDS = {"gt": "above {}", "ge": "at least {}", "lt": "below {}", "le": "at most {}"}


def why_not(kind: JobKind, field: str, value: object) -> str | None:
    """Why `value` is invalid for this field of the spec of `kind`, such as "must be above 0"; None if it is valid."""
    info = SPECS[kind].model_fields[field]
    try:
        TypeAdapter(Annotated[info.annotation, info]).validate_python(value)
    except ValidationError:
        return f"must be {_range(info.metadata)}"
    return None


def why_no_name(name: str, kind: JobKind) -> str | None:
    """What is wrong with a name for a job of `kind`; None if nothing is, or it is empty."""
    try:
        if name and is_taken(kind, checked_name(name)):
            return "A dataset with this name already exists: choose another name, or delete that dataset first."
    except InputError as error:
        return f"This name cannot be used. {error.remedy}"
    return None


def why_no_endpoint(address: str) -> str | None:
    """Why this endpoint may not be used for synthesis; None if it may."""
    return _refusal(checked_address, address, settings().synthesis_endpoints.split(","))


def why_no_key_name(variable: str) -> str | None:
    """Why an endpoint's key may not come from this environment variable; None if it may."""
    return _refusal(checked_key_name, variable)


def _refusal(check: Callable, *values: object) -> str | None:
    try:
        check(*values)
    except InputError as error:
        return f"{error.message} {error.remedy}"
    return None


def why_no_split(train: float, validation: float, test: float) -> str | None:
    """Why examples cannot be split into these shares; None if they can."""
    total = train + validation + test
    return None if abs(total - 1) <= 1e-6 else f"The three shares must add up to 1; these add up to {total:g}."


def is_whole(kind: JobKind, field: str) -> bool:
    """Whether this field of the spec of `kind` is an integer."""
    return SPECS[kind].model_fields[field].annotation in (int, int | None)


def default_of(kind: JobKind, field: str) -> object:
    """The default of this field of the spec of `kind`."""
    return SPECS[kind].model_fields[field].default


def _range(metadata: list) -> str:
    """The limits of a field in words, such as "above 0 and at most 1,000"; "a number" if it has none."""
    bounds = [
        words.format(f"{getattr(limit, attribute):,}")
        for attribute, words in _BOUNDS.items()
        for limit in metadata
        if hasattr(limit, attribute)
    ]
    return " and ".join(bounds) or "a number"
