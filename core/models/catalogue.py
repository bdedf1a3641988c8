"""The base models that the studio knows by name. Loads no ML library; what a name stands for on disk is told here."""

import sys
from dataclasses import dataclass
from pathlib import Path

STARTER = "starter"
_INSTALLED = Path(sys.prefix) / "share/models"
"""Where the set-up puts models: beside the packages, so that every workspace shares them."""


@dataclass(frozen=True)
class CatalogueModel:
    """A base model: `reference` is what specs, commands and adapters call it, `folder` where the set-up puts it."""

    reference: str
    name: str
    hub_id: str
    revision: str

    @property
    def folder(self) -> Path:
        return _INSTALLED / self.reference

    @property
    def how_to_get(self) -> str:
        return f".venv/bin/python -m app models --fetch {self.reference}"


SMOLLM2 = CatalogueModel(
    "smollm2-135m",
    "SmolLM2-135M-Instruct",
    "HuggingFaceTB/SmolLM2-135M-Instruct",
    "12fd25f77366fa6b3b4b768ec3050bf629380bac",
)
