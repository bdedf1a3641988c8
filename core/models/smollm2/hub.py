"""SmolLM2's original files from the Hugging Face hub, at a pinned revision."""

import json
import shutil
import sys
import urllib.request
from pathlib import Path

from core.errors import CorruptArtifactError
from core.manifests import sha256_of
from core.models.catalogue import SMOLLM2
from core.models.hub.address import check_hub_address

HUB_FILES = {
    "config.json": None,
    "generation_config.json": None,
    "tokenizer.json": "9ca9acddb6525a194ec8ac7a87f24fbba7232a9a15ffa1af0c1224fcd888e47c",
    "tokenizer_config.json": None,
    "model.safetensors": "5af571cbf074e6d21a03528d2330792e532ca608f24ac70a143f6b369968ab8c",
}
"""The files downloaded, with the SHA-256 of those that matter most."""

_ANSWERS_WITHIN_SECONDS = 4


def download_from_hub(staged: Path) -> bool:
    """Download the model into `staged`. Returns False if the hub does not answer.

    A short request goes first, so that a machine without a network does not wait. Raises CorruptArtifactError if the
    bytes differ.
    """
    import httpx2
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    check_hub_address()
    asked = f"{constants.ENDPOINT}/api/models/{SMOLLM2.hub_id}/revision/{SMOLLM2.revision}"
    try:
        if constants.is_offline_mode():
            return False
        urllib.request.urlopen(asked, timeout=_ANSWERS_WITHIN_SECONDS).close()
        snapshot_download(SMOLLM2.hub_id, revision=SMOLLM2.revision, allow_patterns=list(HUB_FILES), local_dir=staged)
    except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        print(f"The Hugging Face hub does not have {SMOLLM2.hub_id} ({type(error).__name__}).", file=sys.stderr)
        return False
    finally:
        shutil.rmtree(staged / ".cache", ignore_errors=True)
    for name, sha256 in HUB_FILES.items():
        if not (staged / name).is_file() or (sha256 and sha256_of(staged / name) != sha256):
            raise CorruptArtifactError(f"{name} from the hub is not what it should be.", "Try again.")
    _use_tokenizer_json(staged / "tokenizer_config.json")
    return True


def _use_tokenizer_json(settings: Path) -> None:
    """Make Transformers read tokenizer.json as it is: GPT2Tokenizer, which the hub names, does not split off digits."""
    read = json.loads(settings.read_text(encoding="utf-8"))
    settings.write_text(json.dumps(read | {"tokenizer_class": "PreTrainedTokenizerFast"}, indent=2), encoding="utf-8")
