"""The models that are trained: shapes with random weights, and a base made on its device in 4 bits, layer by layer."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Shape:
    """What QLoRA is timed with: `sizes`, `rank`, rows of `length` tokens. Each method is tried on the `small` model."""

    name: str
    family: str
    sizes: dict
    length: int
    rank: int
    batches: tuple[int, ...]
    small: tuple[str, dict]
    small_tokens: int


_7B = {
    "hidden_size": 4096, "intermediate_size": 14_336, "num_hidden_layers": 32, "num_attention_heads": 32,
    "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 32_768, "tie_word_embeddings": False,
    "max_position_embeddings": 32_768, "sliding_window": None,
}  # fmt: skip
_SMALL = {
    "hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 8, "num_attention_heads": 16,
    "num_key_value_heads": 4, "vocab_size": 32_000, "tie_word_embeddings": False,
}  # fmt: skip
_TINY = {
    "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "vocab_size": 4096, "tie_word_embeddings": False,
}  # fmt: skip
SHAPES = {
    "7b": Shape("7b", "mistral", _7B, 2048, 64, (1, 2, 4, 8, 16), ("llama", _SMALL), 512),
    "tiny": Shape("tiny", "llama", _TINY, 64, 4, (1, 2), ("llama", _TINY), 96),
}
"""`7b` is Mistral 7B's."""


def random_base(shape: Shape, place: "torch.device", dtype: "torch.dtype") -> "PreTrainedModel":
    """A base with random weights, its linear layers in NF4 as QLoRA holds them: one at a time is made in `dtype`."""
    import torch
    from accelerate import init_empty_weights
    from bitsandbytes.nn import Linear4bit, Params4bit
    from torch.nn import Linear, Parameter
    from transformers import AutoConfig, AutoModelForCausalLM

    def random(size: torch.Size) -> torch.Tensor:
        if len(size) == 1:  # a norm's
            return torch.ones(size, device=place, dtype=dtype)
        return torch.empty(size, device=place, dtype=dtype).normal_(0, 0.02)

    torch.manual_seed(0)
    config = AutoConfig.for_model(shape.family, **shape.sizes)
    with init_empty_weights(include_buffers=False):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    for name, layer in list(model.named_modules()):
        if type(layer) is Linear and layer is not model.get_output_embeddings():
            held = Linear4bit(
                layer.in_features, layer.out_features, bias=False, compute_dtype=dtype, quant_type="nf4", device="meta"
            )
            held.support_avx512bf16_for_cpu = False
            weight = random(layer.weight.shape)
            held.weight = Params4bit(weight, requires_grad=False, quant_type="nf4", module=held).to(place)
            model.set_submodule(name, held)
    for name, weight in list(model.named_parameters()):
        if weight.is_meta:
            owner, _, attribute = name.rpartition(".")
            model.get_submodule(owner)._parameters[attribute] = Parameter(random(weight.shape), requires_grad=False)
    for module in model.modules():
        module._buffers.update({name: buffer.to(place) for name, buffer in module._buffers.items()})
    model.is_loaded_in_4bit = True  # PEFT and TRL look here
    return model
