"""Loading models: no code that comes with one is run, and 4-bit weights keep their gradients."""

import json
import os
import shutil

import pytest
import torch

from core.errors import CorruptArtifactError, InputError, UnavailableError
from core.models.loading import load_model, load_tokenizer
from core.models.references import ModelLocation, locate

_IDS = torch.tensor([[1, 40, 41, 42]])


class _Canary:
    """Unpickling it creates a file: proof that a pickle was opened."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def model_copy(tiny_model, tmp_path):
    return shutil.copytree(tiny_model, tmp_path / "model")


@pytest.fixture
def adapter(tiny_model, tmp_path):
    """A LoRA adapter of the tiny model with nonzero weights."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    config = LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False)
    model = get_peft_model(load_model(locate(str(tiny_model))), config)
    model.save_pretrained(tmp_path / "adapter", save_embedding_layers=False)
    return tmp_path / "adapter"


def test_a_pickle_beside_or_instead_of_safetensors_is_never_opened(tiny_model, model_copy, adapter, tmp_path):
    touched = tmp_path / "touched"
    cases = (("transformers", model_copy, "pytorch_model.bin"), ("adapter", adapter, "adapter_model.bin"))
    for kind, folder, name in cases:
        torch.save({"weight": _Canary(touched)}, folder / name)
        load_model(locate(str(folder)))
        for weights in folder.glob("*.safetensors"):
            weights.unlink()
        with pytest.raises(InputError, match="pickle"):
            load_model(ModelLocation(kind, str(folder), str(tiny_model), "canary"))
    assert not touched.exists()


def test_code_that_comes_with_a_model_is_never_imported(model_copy, tmp_path):
    touched = tmp_path / "touched"
    (model_copy / "modeling_evil.py").write_text(f"import os\nos.mkdir({str(touched)!r})\n")
    config = json.loads((model_copy / "config.json").read_text())
    config["auto_map"] = {"AutoModelForCausalLM": "modeling_evil.Evil", "AutoTokenizer": "modeling_evil.Evil"}
    (model_copy / "config.json").write_text(json.dumps(config))
    for load in (load_model, load_tokenizer):
        with pytest.raises(InputError, match="Python code"):
            load(ModelLocation("transformers", str(model_copy), None, "evil"))
    assert not touched.exists()


def test_damaged_weights_are_named(model_copy):
    weights = model_copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(CorruptArtifactError, match="damaged"):
        load_model(locate(str(model_copy)))


def test_an_unknown_architecture_is_named(model_copy):
    (model_copy / "config.json").write_text(json.dumps({"model_type": "no-such-thing"}))
    with pytest.raises(InputError, match="no-such-thing"):
        load_model(locate(str(model_copy)))


def test_a_hub_model_without_a_network_says_what_to_do():
    with pytest.raises(UnavailableError) as refused:
        load_tokenizer(locate("some-org/some-model-that-is-not-cached"))
    assert "some-org/some-model-that-is-not-cached" in refused.value.message
    assert "starter" in refused.value.remedy


def test_an_adapter_changes_its_base_and_takes_its_tokenizer(tiny_model, adapter):
    base, tuned = load_model(locate(str(tiny_model))), load_model(locate(str(adapter)))
    with torch.no_grad():
        assert not torch.allclose(base(_IDS).logits, tuned(_IDS).logits, atol=1e-3)
    assert load_tokenizer(locate(str(adapter))).eos_token == "<|end|>"


def test_only_a_trainable_adapter_takes_gradients(adapter):
    frozen, trainable = load_model(locate(str(adapter))), load_model(locate(str(adapter)), trainable=True)
    assert not any(weight.requires_grad for weight in frozen.parameters())
    assert all(weight.requires_grad for name, weight in trainable.named_parameters() if "lora_" in name)


def test_four_bit_gradients_are_the_same_before_and_after_an_evaluation(adapter):
    model = load_model(locate(str(adapter)), four_bit=True, trainable=True)

    def gradients():
        model.train()
        model(_IDS, labels=_IDS).loss.backward()
        found = {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}
        model.zero_grad()
        return found

    before = gradients()
    with torch.no_grad():
        model.eval()
        model(_IDS)
    after = gradients()
    assert len(before) > 10 and any(gradient.abs().max() > 0 for gradient in before.values())
    assert all(torch.equal(before[name], after[name]) for name in before)
