"""What a run was: `training_config.json`, written into its checkpoints, adapter and merged model."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Self

from pydantic import Field

from core.specs.results.result import Part
from core.specs.results.train import MergeReport
from core.specs.train import TrainSpec

_LIBRARIES = ("torch", "transformers", "tokenizers", "peft", "trl", "bitsandbytes", "numpy")


def versions_here() -> dict[str, str]:
    """The versions of Python and of the libraries that compute; none of them is imported."""
    return {"python": platform.python_version()} | {name: version(name) for name in _LIBRARIES}


class Hardware(Part):
    """What computed the run. `threads` is PyTorch's, which decides how sums on a CPU are split."""

    processor: str
    threads: int
    memory_bytes: int
    gpu: str | None = None
    gpu_bytes: int = 0


class RunRecord(TrainSpec):
    """The settings of a run (its seed too), and everything else that decides its numbers.

    Strict when written. Reading ignores what a newer version added; what an older one did not record is None or empty.
    """

    record_version: int = 1
    """Raise it when a field is renamed or changes its meaning."""
    dataset_fingerprint: str | None = None
    """SHA-256 over the files of the train and validation splits; the same wherever the dataset lies."""
    model_fingerprint: str | None = None
    """SHA-256 over the base's config and samples of its weights."""
    tokenizer_fingerprint: str | None = None
    """SHA-256 over the base's tokenizer and chat template: what makes tokens of the examples."""
    model_revision: str | None = None
    """The commit of a base from the hub."""
    computed_in: str | None = None
    """The dtype of the base's weights and activations, such as `bfloat16`."""
    versions: dict[str, str] = {}
    """Of Python and of the libraries that compute."""
    hardware: Hardware | None = None
    device: str = Field(default="", max_length=200)
    """The GPU's name, or `cpu`."""
    merge: MergeReport | None = None
    """In a merged model: how it was made."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """The record in a file. Raises FileNotFoundError, or pydantic's ValidationError for settings unknown here."""
        return cls.model_validate_json(path.read_text(encoding="utf-8"), extra="ignore")

    @property
    def spec(self) -> TrainSpec:
        """The settings alone."""
        return TrainSpec(**self.model_dump(include=set(TrainSpec.model_fields)))

    def stored(self) -> dict:
        """Plain JSON values."""
        return self.model_dump(mode="json")

    def differences(self, other: "RunRecord") -> list[str]:
        """What differs between two records besides their settings, in words; only what both of them know."""
        words = [
            f"{name} {mine} and {other.versions[name]}"
            for name, mine in self.versions.items()
            if other.versions.get(name, mine) != mine
        ]
        pairs = {"device": (self.device, other.device), "precision": (self.computed_in, other.computed_in)}
        if self.hardware and other.hardware:
            pairs["processor"] = self.hardware.processor, other.hardware.processor
            pairs["threads"] = self.hardware.threads, other.hardware.threads
        return words + [f"{name} {a} and {b}" for name, (a, b) in pairs.items() if a and b and a != b]
