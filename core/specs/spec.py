"""What every spec shares."""

from typing import Literal

from pydantic import BaseModel, Field, field_validator

from core.values import STRICT


class Spec(BaseModel):
    """What every spec shares. Paths are absolute strings; `output_dir` is where the job publishes what it made."""

    model_config = STRICT

    spec_version: Literal[1] = 1
    name: str = Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]*$")
    output_dir: str

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if ".." in name or name != name.strip():
            raise ValueError("use letters, digits, spaces, dots, dashes and underscores, without '..'")
        return name
