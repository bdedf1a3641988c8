"""References in requests: ids, names and hub ids, never paths. Local paths are only ever reached through ids."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from core.specs.names import NAME_PATTERN, is_hub_id

_LONGEST_REFERENCE = 96  # an id is a name with a date and a suffix
_VERSION = re.compile(r"@[0-9]{1,9}$")


def _name(reference: str) -> str:
    fits = len(reference) <= _LONGEST_REFERENCE and re.fullmatch(NAME_PATTERN, reference)
    if not fits or ".." in reference:
        raise ValueError("give an id or a name, not a path")
    return reference


def _name_or_hub_id(reference: str) -> str:
    if "/" in reference and is_hub_id(reference) and not Path(reference).exists():
        return reference
    return _name(reference)


def _on_the_hub(reference: str) -> str:
    """Refuses the name of a file or folder of this machine: libraries would open that instead of the hub's."""
    if Path(reference).exists():
        raise ValueError("give the id of a hub repository, not a path")
    return _name_or_hub_id(reference)


def _name_and_version(reference: str) -> str:
    _name(_VERSION.sub("", reference, count=1))
    return reference


JobId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,100}$")]
DatasetReference = Annotated[str, AfterValidator(_name_and_version)]
"""An id, a name (its newest version), or a name with a version: `support@2`."""
ModelReference = Annotated[str, AfterValidator(_name_or_hub_id)]
ServedName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@ -]{0,199}$")]
"""A model's name on another server: only sent there, never used as a path here."""
HubId = Annotated[str, AfterValidator(_on_the_hub)]
_MOST_NAMED = Field(max_length=100)  # each one is looked up
DatasetReferences = Annotated[list[DatasetReference], _MOST_NAMED]
ModelReferences = Annotated[list[ModelReference], _MOST_NAMED]
