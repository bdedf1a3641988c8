"""What a reference finds, and what is refused before anything is opened."""

import json
import shutil

import pytest

from core.errors import InputError, NotFoundError, UnavailableError
from core.models import catalogue
from core.models.references import locate


def _folder(path, config: dict, weights: str = "model.safetensors", name: str = "config.json"):
    path.mkdir(parents=True)
    (path / name).write_text(json.dumps(config))
    (path / weights).write_bytes(b"")
    return path


@pytest.fixture
def base(tmp_path):
    return _folder(tmp_path / "base", {"model_type": "llama"})


@pytest.fixture
def run(tmp_path, base):
    """A finished run: an adapter of `base`, a merged model, one checkpoint."""
    run = tmp_path / "my-run"
    for adapter in ("final", "checkpoint-20"):
        folder = _folder(run / adapter, {}, "adapter_model.safetensors", "adapter_config.json")
        (folder / "training_config.json").write_text(json.dumps({"model": str(base)}))
    merged = _folder(run / "merged_model", {"model_type": "llama"})
    (merged / "training_config.json").write_text(json.dumps({"model": str(base)}))
    return run


def test_a_run_means_its_merged_model_or_its_adapter(run, base):
    merged = locate(str(run))
    assert (merged.kind, merged.path, merged.base, merged.label) == (
        "transformers", str(run / "merged_model"), str(base), "my-run",
    )  # fmt: skip
    adapter = locate(str(run), prefer="adapter")
    assert (adapter.kind, adapter.path, adapter.base) == ("adapter", str(run / "final"), str(base))
    shutil.rmtree(run / "merged_model")
    assert locate(str(run)).kind == "adapter"


def test_a_checkpoint_is_an_adapter_with_its_own_name(run, base):
    found = locate(str(run / "checkpoint-20"))
    assert (found.kind, found.base, found.label) == ("adapter", str(base), "my-run/checkpoint-20")


def test_an_unfinished_run_points_to_its_checkpoint(run):
    shutil.rmtree(run / "merged_model")
    shutil.rmtree(run / "final")
    with pytest.raises(InputError) as refused:
        locate(str(run))
    assert "checkpoint-20" in refused.value.remedy


def test_a_named_base_overrides_the_recorded_one(run, tmp_path):
    other = _folder(tmp_path / "other", {"model_type": "llama"})
    assert locate(str(run / "final"), base_model=str(other)).base == str(other)


def test_an_adapter_of_another_tool_names_its_base_in_its_config(tmp_path, base):
    settings = {"base_model_name_or_path": str(base)}
    adapter = _folder(tmp_path / "adapter", settings, "adapter_model.safetensors", "adapter_config.json")
    assert locate(str(adapter)).base == str(base)


def test_a_missing_base_is_an_error_for_an_adapter_and_ignored_for_a_merged_model(run, base):
    shutil.rmtree(base)
    assert locate(str(run)).base is None
    with pytest.raises(NotFoundError, match="base model of the adapter"):
        locate(str(run / "final"))


def test_a_merged_model_that_is_its_own_base_does_not_loop(tmp_path):
    model = _folder(tmp_path / "model", {"model_type": "llama"})
    (model / "training_config.json").write_text(json.dumps({"model": str(model)}))
    assert locate(str(model)).base == str(model)


def test_a_gguf_is_named_by_its_folder_and_type(tmp_path):
    export = tmp_path / "export-1"
    export.mkdir()
    (export / "model-q4_k_m.gguf").write_bytes(b"GGUF")
    assert locate(str(export / "model-q4_k_m.gguf")).label == "export-1/model-q4_k_m"
    with pytest.raises(InputError, match="name one of them"):
        locate(str(export))


def test_a_folder_takes_precedence_over_a_hub_id(tmp_path, monkeypatch, base):
    monkeypatch.chdir(tmp_path)
    assert locate("org/name").kind == "hub"
    shutil.copytree(base, tmp_path / "org" / "name")
    assert locate("org/name").path == str(tmp_path / "org" / "name")


@pytest.mark.parametrize("reference", ["/nowhere/at/all", "../nothing", "a\\b", "org/name/more", "nothing-here"])
def test_a_missing_model_is_named(reference):
    with pytest.raises(NotFoundError) as refused:
        locate(reference)
    assert reference in refused.value.message
    assert refused.value.remedy


@pytest.mark.parametrize("weights", ["pytorch_model.bin", "model.pt", "weights.pth", "model.ckpt", "model.pkl"])
def test_weights_that_are_only_pickled_are_refused(tmp_path, weights):
    model = _folder(tmp_path / "model", {"model_type": "llama"}, weights)
    with pytest.raises(InputError, match="pickle"):
        locate(str(model))


def test_an_adapter_with_pickled_weights_is_refused(tmp_path, base):
    settings = {"base_model_name_or_path": str(base)}
    adapter = _folder(tmp_path / "adapter", settings, "adapter_model.bin", "adapter_config.json")
    (adapter / "other.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match="pickle"):
        locate(str(adapter))


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
@pytest.mark.parametrize("key", ["auto_map", "trust_remote_code"])
def test_a_model_that_comes_with_code_is_refused(base, file, key):
    (base / file).write_text(json.dumps({"model_type": "llama", key: {"AutoModel": "evil.Model"}}))
    with pytest.raises(InputError, match="never run here|asks to run Python"):
        locate(str(base))


def test_a_config_that_is_not_json_is_named(base):
    (base / "config.json").write_text("{")
    with pytest.raises(InputError, match=r"config\.json"):
        locate(str(base))


def test_the_starter_comes_with_the_studio(monkeypatch, base):
    monkeypatch.setattr(catalogue, "STARTER_FOLDER", base)
    found = locate("starter")
    assert (found.kind, found.path, found.label) == ("transformers", str(base), "starter")


def test_a_catalogue_model_is_found_by_name_once_downloaded(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "_INSTALLED", tmp_path)
    with pytest.raises(UnavailableError, match="not been downloaded") as told:
        locate("smollm2-135m")
    assert "on the Train page" in told.value.remedy
    _folder(tmp_path / "smollm2-135m", {"model_type": "llama"})
    found = locate("smollm2-135m")
    assert (found.kind, found.path, found.label) == ("transformers", str(tmp_path / "smollm2-135m"), "smollm2-135m")


@pytest.mark.parametrize("name", ["SmolLM2-135M-Instruct", "SMOLLM2-135m", "Qwen3-0.6B"])
def test_a_name_in_another_case_is_guessed(name):
    with pytest.raises(NotFoundError) as told:
        locate(name)
    assert told.value.remedy in ("Did you mean 'smollm2-135m'?", "Did you mean 'qwen3-0.6b'?")
