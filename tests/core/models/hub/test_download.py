"""Downloads from the hub: resumed, counted, checked; what cannot be used is refused before its weights are fetched."""

import os

import pytest

from core.errors import CorruptArtifactError, InputError, NotFoundError, UnavailableError
from core.models.hub.cache import cache_folder, cached
from core.models.hub.download import download
from core.models.hub.repository import ask_hub
from core.reporting import Reporter, Stopped
from core.specs import StopRequest
from tests.core.hub_server import COMMIT, running_hub

WEIGHTS = os.urandom(3_000_000)
CONFIG = b'{"model_type": "llama"}'
INDEX = b'{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}'
GOOD = {"config.json": CONFIG, "tokenizer.json": b"{}", "model.safetensors": WEIGHTS, "pytorch_model.bin": b"pickle"}
GOOD |= {"modeling_evil.py": b"print()", "original/model.safetensors": WEIGHTS}
MODELS = {
    "acme/good": GOOD,
    "acme/parts": {
        "config.json": CONFIG, "model.safetensors.index.json": INDEX, "model-1.safetensors": WEIGHTS,
        "model-2.safetensors": WEIGHTS[:1000], "consolidated.safetensors": WEIGHTS,
    },
    "acme/pickled": {"config.json": CONFIG, "pytorch_model.bin": b"pickle"},
    "acme/code": GOOD | {"config.json": b'{"model_type": "llama", "auto_map": {"AutoModelForCausalLM": "evil.Evil"}}'},
    "acme/encoder": GOOD | {"config.json": b'{"model_type": "t5"}'},
    "acme/unknown": GOOD | {"config.json": b'{"model_type": "tomorrow"}'},
    "acme/adapter": {"adapter_config.json": b"{}", "adapter_model.safetensors": WEIGHTS},
}  # fmt: skip


@pytest.fixture
def hub(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    for name in ("HF_HUB_CACHE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with running_hub(MODELS) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


class Watcher(Reporter):
    """Records the progress, and asks to stop after `stop_after` reports of it."""

    def __init__(self, stop_after=None):
        self.stages, self.stop_after = [], stop_after

    def progress(self, done, total, stage=""):
        self.stages.append((done, total, stage))

    def stop_requested(self):
        return StopRequest.PAUSE if len(self.stages) == self.stop_after else None


def test_the_size_is_known_before_and_only_what_is_needed_is_downloaded(hub):
    model = ask_hub("acme/good", None, None)
    assert (model.commit, model.size_bytes) == (COMMIT, len(WEIGHTS) + len(CONFIG) + 2)
    watcher = Watcher()
    folder = download("acme/good", None, watcher)
    assert set(hub.asked) == {path.name for path in folder.iterdir()}
    assert {path.name for path in folder.iterdir()} == {"config.json", "tokenizer.json", "model.safetensors"}
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert watcher.stages[-1][:2] == (model.size_bytes, model.size_bytes)
    assert watcher.stages[-1][2].startswith("Downloading acme/good: 0.00 of 0.00 GB, ")
    assert cached("acme/good", None) == cached("acme/good", COMMIT) == folder


def test_the_hubs_own_library_finds_what_was_downloaded(hub):
    from huggingface_hub import hf_hub_download

    folder = download("acme/good", COMMIT, Reporter())
    found = hf_hub_download(
        "acme/good", "config.json", revision=COMMIT, cache_dir=folder.parents[2], local_files_only=True
    )
    assert found == str(folder / "config.json")


def test_a_download_continues_where_it_was_stopped_and_the_cache_needs_no_hub(hub, monkeypatch):
    monkeypatch.setattr("core.models.hub.download._TOLD_EVERY_SECONDS", 0)
    with pytest.raises(Stopped):
        download("acme/good", None, Watcher(stop_after=6))
    assert cached("acme/good", COMMIT) is None
    [part] = (cache_folder("acme/good") / "blobs").glob("*.part")
    here = part.stat().st_size
    assert 0 < here < len(WEIGHTS)
    hub.ranges.clear()
    folder = download("acme/good", None, Reporter())
    assert hub.ranges == [("model.safetensors", f"bytes={here}-")]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert download("acme/good", None, Reporter()) == download("acme/good", COMMIT, Reporter()) == folder


def test_a_broken_connection_is_taken_up_again(hub, monkeypatch):
    hub.breaks_after = 1_000_000
    monkeypatch.setattr("core.models.hub.download.time.sleep", lambda seconds: None)
    folder = download("acme/good", None, Reporter())
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert len([name for name, _ in hub.ranges if name == "model.safetensors"]) == 3
    hub.breaks_after = 0
    with pytest.raises(UnavailableError, match="broke off after") as told:
        download("acme/parts", None, Reporter())
    assert "continues where it stopped" in told.value.remedy


def test_damaged_bytes_are_thrown_away(hub):
    blob = next(file.blob for file in ask_hub("acme/good", None, None).wanted if file.name == "model.safetensors")
    blobs = cache_folder("acme/good") / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{blob}.part").write_bytes(b"other bytes")
    with pytest.raises(CorruptArtifactError, match="arrived damaged"):
        download("acme/good", None, Reporter())
    assert cached("acme/good", COMMIT) is None
    assert (download("acme/good", None, Reporter()) / "model.safetensors").read_bytes() == WEIGHTS


def test_a_model_in_parts_is_whole_with_its_last_part(hub):
    folder = download("acme/parts", None, Reporter())
    assert cached("acme/parts", None) == folder and not (folder / "consolidated.safetensors").exists()
    (folder / "model-2.safetensors").unlink()
    assert cached("acme/parts", None) is None


@pytest.mark.parametrize(
    ("name", "error", "message", "remedy"),
    [
        ("acme/pickled", InputError, "weights only as pytorch_model.bin, a pickle", ".safetensors"),
        ("acme/code", InputError, "asks to run Python code", "built into Transformers"),
        ("acme/encoder", InputError, '"t5", which is not a causal language model', "writes text"),
        ("acme/unknown", InputError, '"tomorrow", which Transformers 5', "writes text"),
        ("acme/adapter", InputError, "is an adapter", "base model"),
        (
            "acme/gated",
            InputError,
            "must accept the terms",
            "Accept them at huggingface.co/acme/gated, then save a token",
        ),
        ("acme/missing", NotFoundError, "neither a folder here nor a model", "private model needs a token"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words_before_its_weights(hub, name, error, message, remedy):
    with pytest.raises(error, match=message) as told:
        download(name, None, Reporter())
    assert remedy in told.value.remedy
    assert set(hub.asked) <= {"config.json", "tokenizer.json"}


def test_without_a_network_the_message_says_what_needs_none(hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UnavailableError, match="hub cannot be reached") as told:
        download("acme/good", None, Reporter())
    assert "'starter'" in told.value.remedy


def test_a_full_disk_is_told_before_the_download(hub, monkeypatch):
    from core.errors import DiskFullError

    monkeypatch.setattr("core.full_disk.free_bytes", lambda place: 1000)
    with pytest.raises(DiskFullError, match="at least 4,048,601 bytes"):
        download("acme/good", None, Reporter())
    assert hub.asked == []
