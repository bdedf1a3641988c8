"""The base of every spec."""

from typing import Literal

from pydantic import BaseModel, Field, field_validator

from core.specs.names import LONGEST_NAME, NAME_PATTERN, is_name
from core.values import STRICT


class Spec(BaseModel):
    """The base of every spec. Paths are absolute; the job publishes into `output_dir`."""

    model_config = STRICT

    spec_version: Literal[1] = 1
    name: str = Field(min_length=1, max_length=LONGEST_NAME, pattern=f"^{NAME_PATTERN}$")
    output_dir: str

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not is_name(name):
            raise ValueError("use letters, digits, spaces, dots, dashes and underscores, without '..'")
        return name
