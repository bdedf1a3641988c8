"""The catalogue of base models: the default, and what is said of each."""

import pytest

from app.cli.models import in_words
from app.data.start_preparing import start_preparing
from app.models.catalogue import catalogue, default_model
from app.models.downloads import fetch_model
from app.models.model_list import models
from core.errors import NotFoundError, UnavailableError
from core.models import catalogue as known
from storage.actors import OWNER
from storage.settings import settings


@pytest.fixture
def no_models_but_the_starter(tmp_path, monkeypatch):
    monkeypatch.delenv("TUNEWRIGHT_DEFAULT_MODEL")
    monkeypatch.setattr(known, "_INSTALLED", tmp_path / "models")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    settings.cache_clear()
    yield tmp_path / "models"
    settings.cache_clear()


def fetched(folder):
    """A placeholder for a downloaded SmolLM2."""
    place = folder / "smollm2-135m"
    place.mkdir(parents=True)
    (place / "config.json").write_text("{}")
    (place / "model.safetensors").touch()
    (place / "manifest.json").write_text('{"files": {}, "origin": "From 4-bit weights: of a test"}')


def test_the_default_is_smollm2_if_available_else_the_starter(here, no_models_but_the_starter):
    assert default_model(OWNER) == "starter"
    assert start_preparing(OWNER, source="sample", domain="legal", num_samples=5).spec["model"] == "starter"
    fetched(no_models_but_the_starter)
    assert default_model(OWNER) == "smollm2-135m"
    assert [model["id"] for model in models(OWNER)][:2] == ["smollm2-135m", "starter"]
    assert "from 4-bit weights" in models(OWNER)[0]["label"]
    assert start_preparing(OWNER, source="sample", domain="legal", num_samples=5).spec["model"] == "smollm2-135m"
    named = start_preparing(OWNER, source="sample", domain="legal", num_samples=5, model="starter")
    assert named.spec["model"] == "starter"


def test_the_default_model_can_be_chosen(here, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_DEFAULT_MODEL", "qwen3-0.6b")
    settings.cache_clear()
    assert default_model(OWNER) == "qwen3-0.6b"
    assert [model["reference"] for model in catalogue(OWNER) if model["default"]] == ["qwen3-0.6b"]


def test_the_catalogue_says_what_fits_and_where_a_model_comes_from(here, no_models_but_the_starter):
    fetched(no_models_but_the_starter)
    told = {model["reference"]: model for model in catalogue(OWNER)}
    assert told["smollm2-135m"]["here"] and not told["mistral-7b"]["here"]
    assert told["smollm2-135m"]["memory"]["run"] < told["smollm2-135m"]["memory"]["train_4_bit"]
    lines = "\n".join(in_words({"catalogue": list(told.values()), "made": []}))
    assert "From 4-bit weights" in lines
    assert "Accept its terms at huggingface.co/meta-llama/Llama-3.2-1B-Instruct" in lines
    assert all(model["reason"] in lines for model in told.values())


def test_a_hub_model_in_the_cache_counts_as_available(here, no_models_but_the_starter, tmp_path):
    model = known.find_in_catalogue("qwen3-0.6b")
    snapshot = tmp_path / "hub" / "hub" / "models--Qwen--Qwen3-0.6B" / "snapshots" / model.revision
    snapshot.mkdir(parents=True)
    assert not model.is_here
    (snapshot / "config.json").write_text("{}")
    assert not model.is_here  # only looked at so far
    (snapshot / "model.safetensors").touch()
    assert "qwen3-0.6b" in [entry["id"] for entry in models(OWNER)]


def test_an_available_model_needs_no_network_and_a_failed_download_says_why(here, no_models_but_the_starter):
    fetched(no_models_but_the_starter)
    fetch_model("smollm2-135m")
    fetch_model("starter")
    with pytest.raises(NotFoundError, match="no model at gpt-7"):
        fetch_model("gpt-7")
    with pytest.raises(UnavailableError, match="hub cannot be reached"):
        fetch_model("smollm2-360m")
