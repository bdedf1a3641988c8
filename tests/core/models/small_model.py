"""Models with random weights in the architecture of larger ones, and the tiny model's tokenizer."""

import json
import shutil
from pathlib import Path

import torch

_SHAPE = {
    "vocab_size": 400,
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "max_position_embeddings": 256,
    "tie_word_embeddings": True,
    "sliding_window": 32,
}


def make_small_model(architecture: str, tiny_model: Path, folder: Path) -> Path:
    """A model called as its classes are ("Mistral"); a Gemma3 also takes images, as those from 4B on do."""
    import transformers

    torch.manual_seed(0)
    shutil.copytree(tiny_model, folder, ignore=shutil.ignore_patterns("config.json", "*.safetensors"))
    ids = json.loads((tiny_model / "config.json").read_text())
    shape = _SHAPE | {name: ids[name] for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    if architecture == "Gemma3":
        vision = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
        config = transformers.Gemma3Config(
            text_config=shape, vision_config=vision | {"image_size": 28, "patch_size": 14}, mm_tokens_per_image=4
        )
        model = transformers.Gemma3ForConditionalGeneration(config)
    else:
        model = getattr(transformers, f"{architecture}ForCausalLM")(
            getattr(transformers, f"{architecture}Config")(**shape)
        )
    model.save_pretrained(folder)
    return folder
