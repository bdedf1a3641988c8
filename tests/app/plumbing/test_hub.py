"""Hub ids are validated by form and, if the hub answers, by asking it."""

import pytest

from app.models.find_model import why_no_base
from app.plumbing.hub import why_not_on_hub
from core.errors import UnavailableError
from storage.actors import OWNER
from tests.core.hub_server import running_hub


@pytest.fixture
def hub(monkeypatch):
    with running_hub({"acme/tiny": {"config.json": b"{}"}}) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


def test_the_hub_is_asked_whether_it_has_a_model(here, hub):
    assert why_not_on_hub("models", "acme/tiny") is None
    assert "no acme/tinny" in why_not_on_hub("models", "acme/tinny")
    assert why_not_on_hub("models", "acme/gated") is None  # it is there, for those who may
    assert "no acme/tinny" in why_no_base(OWNER, "acme/tinny")


@pytest.mark.parametrize("name", ["acme/", "acme tiny", "a/b/c", "../etc", "acme/..", "https://huggingface.co/a/b"])
def test_an_invalid_id_is_not_looked_up(name, hub):
    assert "has the form owner/name" in why_not_on_hub("models", name)
    assert hub.asked == []


def test_without_an_answer_from_the_hub_an_id_is_neither_accepted_nor_refused(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UnavailableError, match="cannot be reached"):
        why_not_on_hub("datasets", "acme/sums:part")
