"""The disk space that a run's checkpoints and models take, and what its base's files say of tokens."""

import json
from pathlib import Path
from typing import NamedTuple

from core.forecast.setup import Setup
from core.forecast.shape import ModelShape


class DiskSpace(NamedTuple):
    """Bytes that a run writes and keeps."""

    checkpoints: int
    models: int

    @property
    def total(self) -> int:
        return self.checkpoints + self.models


def disk_of_run(shape: ModelShape, setup: Setup, kept_checkpoints: int, merges: bool) -> DiskSpace:
    """Checkpoints as kept by rotation, the best and the one being written; the adapter and the merged model."""
    trained = setup.trained_weights(shape)
    checkpoint = trained * (4 + setup.optimizer_bytes)
    merged = shape.parameters * setup.compute_bytes if merges and setup.trains == "adapter" else 0
    return DiskSpace(round((kept_checkpoints + 2) * checkpoint), trained * 4 + merged)


class TokenizerFacts(NamedTuple):
    """Whether a model's own files have a chat template, and its end token's text."""

    has_template: bool
    end_token: str | None


def tokenizer_facts(folder: Path) -> TokenizerFacts | None:
    """What the tokenizer files in a model's folder say; None without any."""
    file = folder / "tokenizer_config.json"
    if not file.is_file():
        return None
    config = json.loads(file.read_text(encoding="utf-8"))
    end = config.get("eos_token")
    has_template = bool(config.get("chat_template")) or (folder / "chat_template.jinja").is_file()
    return TokenizerFacts(has_template, end.get("content") if isinstance(end, dict) else end)
