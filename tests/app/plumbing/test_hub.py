"""Hub ids are validated by form and, if the hub answers, by asking it."""

import pytest

from app.models.downloads import bytes_to_download, download_of, fetch_model
from app.models.find_model import why_no_base
from app.plumbing.hub import model_on_hub, why_no_dataset
from app.preferences import keep_hub_token
from core.errors import InputError, UnavailableError
from storage.actors import OWNER
from tests.core.hub_server import running_hub


@pytest.fixture
def hub(monkeypatch, tmp_path):
    model_on_hub.cache_clear()
    tiny = {"config.json": b'{"model_type": "llama"}', "model.safetensors": b"weights"}
    pickled = {"config.json": b"{}", "pytorch_model.bin": b"pickle"}
    with running_hub({"acme/tiny": tiny, "acme/pickled": pickled}, datasets={"acme/sums": {}}) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("HF_HOME", str(tmp_path))
        yield running


def test_the_hub_is_asked_whether_it_has_a_model(here, hub):
    assert why_no_base(OWNER, "acme/tiny") is None
    assert "acme/tinny is neither a folder here nor a model" in why_no_base(OWNER, "acme/tinny")
    assert "Accept them at huggingface.co/acme/gated" in why_no_base(OWNER, "acme/gated")
    assert "a pickle" in why_no_base(OWNER, "acme/pickled")
    assert bytes_to_download("acme/tiny") == len(b'{"model_type": "llama"}weights')
    assert why_no_dataset("acme/sums:part") is None
    assert "no acme/sons" in why_no_dataset("acme/sons")


@pytest.mark.long
def test_a_download_is_watched_and_its_token_reaches_the_hub_and_nothing_else(here, hub, caplog):
    """The saved token is in no argument, log, message or other file."""
    token = "hf_" + "canary" * 5
    keep_hub_token(token)
    seen = []
    fetch_model("acme/tiny", lambda download: seen.append(download.stage))
    download = download_of("acme/tiny")
    assert (download.done, download.total, download.error) == (30, 30, None) and seen
    assert bytes_to_download("acme/tiny") == 0 and why_no_base(OWNER, "acme/tiny") is None
    assert {f"Bearer {token}"} == set(hub.authorizations)
    with pytest.raises(InputError) as told:
        fetch_model("acme/gated")
    assert "with the account of your token" in told.value.remedy
    assert token not in f"{told.value.message} {told.value.remedy} {caplog.text} {seen}"
    places = [path for path in here.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]
    assert [path.name for path in places] == ["hub_token"]


@pytest.mark.parametrize("name", ["acme/", "acme tiny", "a/b/c", "../etc", "acme/..", "https://huggingface.co/a/b"])
def test_an_invalid_id_is_not_looked_up(name, here, hub):
    assert why_no_base(OWNER, name)
    if ":" not in name:  # which names a part of a dataset
        assert "has the form owner/name" in why_no_dataset(name)
    assert hub.asked == hub.authorizations == []


def test_without_an_answer_from_the_hub_an_id_is_neither_accepted_nor_refused(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UnavailableError, match="cannot be reached"):
        why_no_dataset("acme/sums:part")
