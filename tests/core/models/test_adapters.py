"""Adapters made with PEFT elsewhere: with added tokens, on tied weights, or of another base."""

import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import InputError
from core.models.loading import load_model, load_tokenizer
from core.models.merging.merge import merge
from core.models.references import locate

_TEXTS = [[1, 40, 41, 42, 43], [1, 90, 91]]


@pytest.fixture
def made_elsewhere(tiny_model, tmp_path):
    """`made_elsewhere(added_tokens, **lora)`: the folder of an adapter of the tiny model, and the model it was made as.

    Its tokenizer lies beside it, as other tools leave it.
    """
    from peft import LoraConfig, get_peft_model

    def make(added_tokens: int = 0, **lora):
        location = locate(str(tiny_model))
        model, tokenizer = load_model(location), load_tokenizer(location)
        if added_tokens:
            tokenizer.add_special_tokens({"extra_special_tokens": [f"<new{n}>" for n in range(added_tokens)]})
            model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
        torch.manual_seed(2)
        config = LoraConfig(r=4, task_type="CAUSAL_LM", init_lora_weights=False, **lora)
        model = get_peft_model(model, config).eval()
        with torch.no_grad():
            for weight in model.parameters():
                if weight.requires_grad:
                    weight += 0.05 * torch.randn_like(weight)
        folder = tmp_path / "adapter"
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder, model

    return make


def distance(one, other, texts=_TEXTS) -> float:
    with torch.no_grad():
        found, wanted = (torch.cat([model(torch.tensor([ids])).logits[0] for ids in texts]) for model in (one, other))
    return ((found - wanted).norm() / wanted.norm()).item()


@pytest.mark.parametrize(
    "lora",
    [
        {"target_modules": ["q_proj", "lm_head"]},
        {"target_modules": ["q_proj", "embed_tokens"]},
        {"target_modules": ["q_proj"], "modules_to_save": ["lm_head"]},
        {"target_modules": ["q_proj"], "modules_to_save": ["embed_tokens"]},
    ],
    ids=str,
)
def test_a_change_to_one_of_two_tied_weights_is_merged_into_that_one_only(made_elsewhere, tmp_path, lora):
    folder, trained = made_elsewhere(**lora)
    assert distance(load_model(locate(str(folder))), trained) < 1e-5
    merged = tmp_path / "merged"
    merged.mkdir()
    assert merge(locate(str(folder)), merged, "float32", four_bit=False, texts=_TEXTS)["difference"] < 1e-4
    assert distance(load_model(locate(str(merged))), trained) < 1e-4


def test_an_adapter_brings_its_added_tokens(made_elsewhere, tmp_path):
    folder, trained = made_elsewhere(3, target_modules=["q_proj"], modules_to_save=["embed_tokens", "lm_head"])
    merged = tmp_path / "merged"
    merged.mkdir()
    merge(locate(str(folder)), merged, "float32", four_bit=False, texts=_TEXTS)
    model, tokenizer = load_model(locate(str(merged))), load_tokenizer(locate(str(merged)))
    asked = tokenizer.encode("<new2>who is ill?<new0>", add_special_tokens=False)
    assert asked[0] == trained.config.vocab_size - 1 == asked[-1] + 2
    assert distance(model, trained, [asked]) < 1e-4
    assert (merged / "tokenizer.model").exists()  # the base's: a GGUF needs it


def test_added_tokens_without_embeddings_are_refused_by_name(made_elsewhere):
    folder, _ = made_elsewhere(2, target_modules=["q_proj"])
    weights = load_file(folder / "adapter_model.safetensors")
    lora_only = {name: weight for name, weight in weights.items() if "lora_" in name}
    save_file(lora_only, folder / "adapter_model.safetensors")
    with pytest.raises(InputError, match=r"2 more tokens than its base model \(<new0>, <new1>\)"):
        load_model(locate(str(folder)))


def test_an_adapter_of_another_base_is_refused(made_elsewhere, tmp_path):
    from transformers import AutoConfig, AutoModelForCausalLM

    folder, model = made_elsewhere(target_modules=["q_proj"])
    wider = AutoConfig.from_pretrained(model.config.name_or_path, hidden_size=128, head_dim=32)
    other = tmp_path / "other"
    AutoModelForCausalLM.from_config(wider).save_pretrained(other)
    shutil.copy(folder / "tokenizer.json", other)
    with pytest.raises(InputError, match="does not fit its base model: size mismatch"):
        load_model(locate(str(folder), base_model=str(other)))
