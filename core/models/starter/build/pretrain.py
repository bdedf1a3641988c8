"""Trains a small Llama from scratch for a fixed time, and goes on from its last checkpoint when it was stopped.

The learning rate follows the clock, not the step count: it falls to zero exactly when the minutes are used up.
What a step trains on follows from the seed and the step's number alone, so a resumed run needs no replay.
"""

import math
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CHECKPOINT_SECONDS = 120
WARMUP_SHARE = 0.02
LENGTHENING = 4  # rows are this much longer, and as many fewer, in the last part: the model learns far positions there
LENGTHENED_FROM_SHARE = 0.75


@dataclass(frozen=True)
class Recipe:
    """The shape of the model and how it is trained; lengths in tokens."""

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
    """One stream of tokens a source; a step's rows come from random places of streams chosen by weight."""

    def __init__(self, streams: list[np.ndarray], weights: list[float], recipe: Recipe):
        """A stream shorter than the longest row is left out; `weights` need not sum to one."""
        long_enough = [
            (stream, weight)
            for stream, weight in zip(streams, weights, strict=True)
            if len(stream) > recipe.sequence_length * LENGTHENING
        ]
        self.streams = [stream for stream, _ in long_enough]
        self.shares = np.array([weight for _, weight in long_enough]) / sum(weight for _, weight in long_enough)
        self.recipe = recipe

    def batch(self, step: int, lengthening: int = 1) -> np.ndarray:
        """Token ids of a step: fewer but longer rows by `lengthening`. int64 [rows, tokens]."""
        rng = np.random.default_rng((self.recipe.seed, step))
        length = self.recipe.sequence_length * lengthening
        rows = []
        for source in rng.choice(len(self.streams), size=self.recipe.batch_size // lengthening, p=self.shares):
            start = rng.integers(0, len(self.streams[source]) - length + 1)
            rows.append(self.streams[source][start : start + length])
        return np.stack(rows).astype(np.int64)


def new_model(recipe: Recipe, tokenizer):
    """An untrained LlamaForCausalLM in float32 whose special ids are those of the tokenizer."""
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
        if name.endswith(("o_proj.weight", "down_proj.weight")):  # what adds to the residual stream starts small
            torch.nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * recipe.layers))
    return model


def _optimizers(model, recipe: Recipe) -> list:
    """Muon for the matrices inside the layers, AdamW for the embedding and the norms."""
    import torch

    matrices = [
        parameter for name, parameter in model.named_parameters() if parameter.ndim == 2 and "embed" not in name
    ]
    chosen = {id(parameter) for parameter in matrices}
    others = [parameter for parameter in model.parameters() if id(parameter) not in chosen]
    return [
        torch.optim.Muon(
            matrices, lr=recipe.matrix_learning_rate, weight_decay=recipe.weight_decay, momentum=0.95, ns_steps=5
        ),
        torch.optim.AdamW(others, lr=recipe.learning_rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def _rate_share(done_share: float) -> float:
    """Share of the peak learning rate: a short rise, a plateau, then a straight fall to zero over the last 60 %."""
    return max(0.0, min(1.0, done_share / WARMUP_SHARE, (1 - done_share) / 0.6))


def pretrain(model, streams: TokenStreams, recipe: Recipe, checkpoint: Path) -> dict[str, float]:
    """Trains `model` in place and returns {"steps", "tokens", "seconds", "loss"}.

    A checkpoint file is renewed every two minutes; where one exists, training goes on from it.
    """
    import torch

    optimizers = _optimizers(model, recipe)
    step, used_seconds, mean_loss = 0, 0.0, None
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        step, used_seconds, mean_loss = state["step"], state["used_seconds"], state["mean_loss"]
        print(f"Goes on from step {step}, after {used_seconds / 60:.1f} min.", flush=True)
    peaks = [[group["lr"] for group in optimizer.param_groups] for optimizer in _optimizers(model, recipe)]
    budget_seconds = recipe.minutes * 60
    began, saved_at = time.monotonic() - used_seconds, time.monotonic()
    tokens_a_step = recipe.batch_size * recipe.sequence_length
    model.train()
    while used_seconds < budget_seconds:
        for optimizer, rates in zip(optimizers, peaks, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * _rate_share(used_seconds / budget_seconds)
        lengthened = used_seconds > LENGTHENED_FROM_SHARE * budget_seconds
        ids = torch.from_numpy(streams.batch(step, LENGTHENING if lengthened else 1))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=recipe.bfloat16):
            loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        mean_loss = loss.item() if mean_loss is None else 0.98 * mean_loss + 0.02 * loss.item()
        step, used_seconds = step + 1, time.monotonic() - began
        if step % 50 == 0:
            left = max(0.0, budget_seconds - used_seconds) / 60
            rate = step * tokens_a_step / used_seconds
            print(f"step {step}  loss {mean_loss:.3f}  {rate:.0f} tokens/s  {left:.1f} min left", flush=True)
        if time.monotonic() - saved_at > CHECKPOINT_SECONDS:
            saved_at = time.monotonic()
            _save(checkpoint, model, optimizers, step, used_seconds, mean_loss)
    _save(checkpoint, model, optimizers, step, used_seconds, mean_loss)
    return {"steps": step, "tokens": step * tokens_a_step, "seconds": used_seconds, "loss": mean_loss}


def _save(checkpoint: Path, model, optimizers: list, step: int, used_seconds: float, mean_loss: float) -> None:
    import torch

    state = {
        "model": model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        "step": step,
        "used_seconds": used_seconds,
        "mean_loss": mean_loss,
    }
    partial = checkpoint.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, checkpoint)
