"""From a model folder to an f16 GGUF, by llama.cpp's own converter, which the set-up puts beside llama.cpp itself."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from core.errors import CorruptArtifactError, InputError, UnavailableError
from core.full_disk import naming_full_disks
from core.gguf.header import check_gguf
from core.models.references import locate
from core.processes.child import LLAMA_CPP, ChildError, run_child
from core.reporting import Reporter

CONVERTER = LLAMA_CPP / "convert_hf_to_gguf.py"
_FILES = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model", "merges.txt", "vocab.txt")
"""All that the converter is shown of a model folder: in particular no code and no pickle."""


def convert_to_gguf(model_dir: Path, out: Path, reporter: Reporter | None = None, ends: Collection[int] = ()) -> None:
    """Write the model in `model_dir` to `out` with 16-bit weights. Nothing is left at `out` when it fails.

    `ends` are all tokens that end its answers, where more is known than its folder says.
    Raises UnavailableError without the converter, InputError for a model that it does not know or that must not be
    loaded, DiskFullError, Stopped, or ChildError.
    """
    if not CONVERTER.is_file():
        raise UnavailableError("The GGUF converter is not installed.", "Run `make run`: it installs what is missing.")
    location = locate(str(model_dir))  # refuses what must not be loaded
    with tempfile.TemporaryDirectory(prefix=".convert-", dir=out.parent) as staged:
        model = Path(staged) / "model"
        _stage(model_dir, model, location.base)
        if ends:
            _write(model / "generation_config.json", eos_token_id=sorted(ends))
        result = Path(staged) / "model.gguf"
        arguments = [
            "-m",
            "core.gguf.converter",
            "--outtype",
            "f16",
            "--model-name",
            location.label,
            "--outfile",
            str(result),
        ]
        with naming_full_disks(out, result, silent=(ChildError, CorruptArtifactError)):
            _convert([*arguments, str(model)], result, reporter or Reporter())
            check_gguf(result)
        os.replace(result, out)


def why_no_gguf(model_dir: Path) -> str | None:
    """Why the model in `model_dir` cannot become a GGUF, as far as its settings show it; None where nothing does."""
    listing = LLAMA_CPP / "conversion/__init__.py"
    architectures = _read(model_dir / "config.json").get("architectures") or []
    if not listing.is_file() or not architectures:
        return None
    if re.search(rf'^ +"{re.escape(architectures[0])}":', listing.read_text(encoding="utf-8"), re.MULTILINE):
        return None
    return f"its architecture, {architectures[0]}, is none that llama.cpp can convert"


def _stage(model_dir: Path, staged: Path, base: str | None) -> None:
    """Show the converter the model's files, and what it needs to read a SentencePiece tokenizer rightly.

    Transformers saves such a tokenizer without `tokenizer.model`, and without it the converter loses every score;
    and it looks for the ids of added tokens only in `tokenizer_config.json`, where Transformers no longer puts them.
    """
    staged.mkdir()
    for pattern in _FILES:
        for path in model_dir.glob(pattern):
            (staged / path.name).symlink_to(path.resolve())
    vocabulary = _read(model_dir / "tokenizer.json")
    if not vocabulary:
        return
    if vocabulary["model"].get("byte_fallback") and not (staged / "tokenizer.model").exists():
        shutil.copyfile(_sentencepiece_model(model_dir, base), staged / "tokenizer.model")
    config = _read(model_dir / "tokenizer_config.json")
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
            f"Copy tokenizer.model of the base model into {model_dir}.",
        )
    return path


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _write(path: Path, **changes) -> None:
    """Change a staged JSON file, which may be a link to the model's own, or make it."""
    settings = _read(path) | changes
    path.unlink(missing_ok=True)
    path.write_text(json.dumps(settings), encoding="utf-8")


def _convert(arguments: list[str], result: Path, reporter: Reporter) -> None:
    try:
        run_child(arguments, "Converting to GGUF", reporter, out=result)
    except ChildError as error:
        raise _in_plain_words(error) from error


def _in_plain_words(error: ChildError) -> Exception:
    """What a person can do something about, told apart from the converter's other failures."""
    if "is not supported" in error.message:
        return InputError(
            f"This model's architecture cannot become a GGUF. {error.message}",
            "Export a model of another architecture.",
        )
    if "pre-tokenizer was not recognized" in error.message:
        return InputError(
            "This model's tokenizer is of its own making; llama.cpp does not know how it splits text.",
            "Export a model with the tokenizer of a well-known model.",
        )
    return error
