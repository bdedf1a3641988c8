"""The starter model's recipe: its shape, how it is trained, and the tokens that each step sees."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerBase

LENGTHENING = 4
"""Late in training rows are this much longer, and as many fewer: the model learns distant positions."""


@dataclass(frozen=True)
class Recipe:
    """The model's shape and its training settings; lengths in tokens."""

    minutes: float
    hidden_size: int = 256
    intermediate_size: int = 768
    layers: int = 6
    heads: int = 4
    sequence_length: int = 256
    batch_size: int = 8
    matrix_learning_rate: float = 0.02
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    bfloat16: bool = True
    seed: int = 42


class TokenStreams:
    """One stream of tokens per source; a step's rows come from random places in streams drawn by weight."""

    def __init__(self, streams: list[np.ndarray], weights: list[float], recipe: Recipe):
        """Streams shorter than the longest row are left out; `weights` need not sum to one."""
        long_enough = [
            (stream, weight)
            for stream, weight in zip(streams, weights, strict=True)
            if len(stream) > recipe.sequence_length * LENGTHENING
        ]
        self.streams = [stream for stream, _ in long_enough]
        self.shares = np.array([weight for _, weight in long_enough]) / sum(weight for _, weight in long_enough)
        self.recipe = recipe

    def batch(self, step: int, lengthening: int = 1) -> np.ndarray:
        """A step's token ids, int64, (rows, tokens); `lengthening` makes rows longer and fewer by that factor."""
        rng = np.random.default_rng((self.recipe.seed, step))
        length = self.recipe.sequence_length * lengthening
        rows = []
        for source in rng.choice(len(self.streams), size=self.recipe.batch_size // lengthening, p=self.shares):
            start = rng.integers(0, len(self.streams[source]) - length + 1)
            rows.append(self.streams[source][start : start + length])
        return np.stack(rows).astype(np.int64)


def new_model(recipe: Recipe, tokenizer: "PreTrainedTokenizerBase") -> "LlamaForCausalLM":
    """An untrained float32 model with the tokenizer's special token ids."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(recipe.seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.hidden_size,
        intermediate_size=recipe.intermediate_size,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        max_position_embeddings=tokenizer.model_max_length,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    for name, parameter in model.named_parameters():
        if name.endswith(("o_proj.weight", "down_proj.weight")):  # layers that add to the residual stream start small
            torch.nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * recipe.layers))
    return model
