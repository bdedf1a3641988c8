"""A copy of a model folder for the converter: links to its files, with the settings that the converter looks for."""

import json
import shutil
from collections.abc import Collection
from pathlib import Path

from core.errors import InputError

_FILES = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model", "merges.txt", "vocab.txt")
"""The only files of a model folder that the converter sees: no code and no pickle among them."""


def stage_model(model_dir: Path, staged: Path, base: str | None, ends: Collection[int]) -> None:
    """Fill the new folder `staged`; `ends`, if any, replace the end tokens of the generation config.

    A SentencePiece tokenizer needs two additions. Transformers saves it without `tokenizer.model`, and then the
    converter loses every score. And the converter looks for added tokens in `tokenizer_config.json` only, where
    Transformers no longer puts their ids. Raises InputError if `base`, the model it was made from, has no
    `tokenizer.model` either.
    """
    staged.mkdir()
    for pattern in _FILES:
        for path in model_dir.glob(pattern):
            (staged / path.name).symlink_to(path.resolve())
    if ends:
        _write(staged / "generation_config.json", eos_token_id=sorted(ends))
    vocabulary = read_settings(model_dir / "tokenizer.json")
    if not vocabulary:
        return
    if vocabulary["model"].get("byte_fallback") and not (staged / "tokenizer.model").exists():
        shutil.copyfile(_sentencepiece_model(model_dir, base), staged / "tokenizer.model")
    config = read_settings(model_dir / "tokenizer_config.json")
    if "added_tokens_decoder" not in config:
        config["added_tokens_decoder"] = {
            str(token["id"]): {key: value for key, value in token.items() if key != "id"}
            for token in vocabulary.get("added_tokens", [])
        }
        _write(staged / "tokenizer_config.json", **config)


def _sentencepiece_model(model_dir: Path, base: str | None) -> Path:
    """The `tokenizer.model` of the base that `model_dir` was made from."""
    path = Path(base or model_dir) / "tokenizer.model"
    if not path.is_file():
        raise InputError(
            f"{model_dir.name} has a SentencePiece tokenizer without its tokenizer.model, which a GGUF needs.",
            f"Copy the base model's tokenizer.model into {model_dir}.",
        )
    return path


def read_settings(path: Path) -> dict:
    """A JSON file's object, empty if there is no file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _write(path: Path, **changes) -> None:
    """Write a staged JSON file with `changes`, as a new file: it may be a link to the model's own."""
    settings = read_settings(path) | changes
    path.unlink(missing_ok=True)
    path.write_text(json.dumps(settings), encoding="utf-8")
