"""Whether a base model's files have a chat template and an end token, checked before a training starts."""

import json
from pathlib import Path
from typing import NamedTuple


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
