"""Small bases in several forms, and adapters with random weights for them, as PEFT saves them."""

from pathlib import Path

import torch

from core.models.loading import load_model, load_tokenizer
from core.models.references import locate
from core.models.saving import copy_tokenizer
from tests.core.models.small_model import make_small_model

TEXTS = [[1, 40, 41, 42, 43], [1, 90, 91]]


def bases(tiny_model: Path, folder: Path) -> dict[str, Path]:
    """The tiny model, the same in bfloat16 and several files, and models of other kinds with its tokenizer."""
    from transformers import GPT2Config, GPT2LMHeadModel, MixtralConfig, MixtralForCausalLM

    torch.manual_seed(1)
    sizes = {"vocab_size": 400, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 3}
    gpt2 = GPT2LMHeadModel(GPT2Config(n_embd=64, n_layer=2, n_head=2, n_positions=64, **sizes))
    mixtral = MixtralConfig(
        hidden_size=64, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1,
        num_local_experts=2, **sizes,
    )  # fmt: skip
    made = {
        "bfloat16, sharded": load_model(locate(str(tiny_model)), dtype="bfloat16"),
        "gpt2": gpt2,
        "mixture": MixtralForCausalLM(mixtral),
    }
    for name, model in made.items():
        model.save_pretrained(folder / name, max_shard_size="500KB" if "sharded" in name else "5GB")
        copy_tokenizer(tiny_model, load_tokenizer(locate(str(tiny_model))), folder / name)
    make_small_model("Gemma3", tiny_model, folder / "with images")
    return {"tiny": tiny_model} | {name: folder / name for name in (*made, "with images")}


def make_adapter(base: Path, folder: Path, size: float = 0.05, config=None, **lora) -> Path:
    """An adapter in which every weight is random; LoRA of rank 4 with the settings `lora`, unless `config` is given."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(2)
    config = config or LoraConfig(**{"r": 4, "task_type": "CAUSAL_LM", "target_modules": "all-linear"} | lora)
    model = get_peft_model(load_model(locate(str(base))), config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad:
                weight += size * torch.randn_like(weight)
    model.save_pretrained(folder)
    return folder
