"""The base of every spec."""

from typing import Literal, Self

from pydantic import BaseModel, Field, field_validator

from core.specs.names import LONGEST_NAME, NAME_PATTERN, is_name
from core.values import STRICT

BOOKKEEPING = frozenset({"spec_version", "name", "output_dir", "artifact_ids"})
"""Fields that say what a job is called and where its result goes; the others say what is computed."""


class Spec(BaseModel):
    """The base of every spec. Paths are absolute; the job publishes into `output_dir`."""

    model_config = STRICT

    spec_version: Literal[1] = 1
    name: str = Field(min_length=1, max_length=LONGEST_NAME, pattern=f"^{NAME_PATTERN}$")
    output_dir: str
    artifact_ids: dict[str, str] = {}
    """Path in another field → id of the artifact there, where known: a worker on another disk finds it by its id.

    No part of a run's identity: paths stay what is compared.
    """

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not is_name(name):
            raise ValueError("use letters, digits, spaces, dots, dashes and underscores, without '..'")
        return name

    def named_paths(self) -> set[str]:
        """The absolute paths of other things that the spec names, such as its dataset and model."""
        named = self.model_dump(exclude={"output_dir", "artifact_ids", "not_compared_with"}).values()
        texts = (text for value in named for text in (value if isinstance(value, (list, tuple)) else (value,)))
        return {text for text in texts if isinstance(text, str) and text.startswith("/")}

    def relocated(self, places: dict[str, str]) -> Self:
        """The same spec, with each path in `places` replaced by where the thing is on this machine."""

        def place(value: object) -> object:
            if isinstance(value, tuple):
                return tuple(place(item) for item in value)
            return places.get(value, value) if isinstance(value, str) else value

        fields = ((name, getattr(self, name)) for name in type(self).model_fields if name != "output_dir")
        return self.model_copy(update={name: place(value) for name, value in fields})
