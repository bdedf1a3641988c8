"""Base models: the starter model shipped here, and the scripts that rebuild it."""

from pathlib import Path

STARTER_MODEL = "starter"


def starter_model_path() -> Path:
    """The folder of the starter model: config, safetensors weights, tokenizer and model card."""
    return Path(__file__).parent / "starter"
