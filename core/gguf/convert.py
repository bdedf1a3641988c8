"""Converts a model folder to an f16 GGUF with llama.cpp's own converter, which set-up installs beside llama.cpp."""

import os
import re
import tempfile
from collections.abc import Collection
from pathlib import Path

from core.errors import CorruptArtifactError, InputError, UnavailableError
from core.full_disk import naming_full_disks
from core.gguf.header import check_gguf
from core.gguf.staged_model import read_settings, stage_model
from core.models.references import locate
from core.processes.child import LLAMA_CPP, ChildError, run_child
from core.reporting import Reporter

CONVERTER = LLAMA_CPP / "convert_hf_to_gguf.py"


def convert_to_gguf(model_dir: Path, out: Path, reporter: Reporter | None = None, ends: Collection[int] = ()) -> None:
    """Write the model in `model_dir` to `out` with 16-bit weights. If it fails, nothing is left at `out`.

    `ends` are all tokens that end its answers, if more are known than its folder says. Raises UnavailableError without
    the converter, InputError for a model that it does not support or that is unsafe to load, DiskFullError, Stopped, or
    ChildError.
    """
    if not CONVERTER.is_file():
        raise UnavailableError("The GGUF converter is not installed.", "Run `make run`: it installs what is missing.")
    location = locate(str(model_dir))  # refuses what is unsafe to load
    with tempfile.TemporaryDirectory(prefix=".convert-", dir=out.parent) as staged:
        model = Path(staged) / "model"
        stage_model(model_dir, model, location.base, ends)
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
    """Why the model in `model_dir` cannot be converted, judging by its settings; None if they show no reason."""
    listing = LLAMA_CPP / "conversion/__init__.py"
    architectures = read_settings(model_dir / "config.json").get("architectures") or []
    if not listing.is_file() or not architectures:
        return None
    if re.search(rf'^ +"{re.escape(architectures[0])}":', listing.read_text(encoding="utf-8"), re.MULTILINE):
        return None
    return f"llama.cpp cannot convert its architecture, {architectures[0]}"


def _convert(arguments: list[str], result: Path, reporter: Reporter) -> None:
    try:
        run_child(arguments, "Converting to GGUF", reporter, out=result)
    except ChildError as error:
        raise _in_plain_words(error) from error


def _in_plain_words(error: ChildError) -> Exception:
    """Converter failures that the user can act on, in their own words; other failures unchanged."""
    if "is not supported" in error.message:
        return InputError(
            f"This model's architecture cannot become a GGUF. {error.message}",
            "Export a model of another architecture.",
        )
    if "pre-tokenizer was not recognized" in error.message:
        return InputError(
            "llama.cpp does not know how this model's tokenizer splits text: the tokenizer is not a common one.",
            "Export a model with the tokenizer of a well-known model.",
        )
    return error
