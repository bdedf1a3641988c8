"""Trains a small Llama from scratch for a fixed time; a stopped run resumes from its last checkpoint.

The learning rate follows the clock, not the step count: it reaches zero exactly when the time is up. A step's data
follows from the seed and the step's number alone, so a resumed run need not replay anything.
"""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from core.models.starter.build.recipe import LENGTHENING, Recipe, TokenStreams

if TYPE_CHECKING:
    from torch.optim import Optimizer
    from transformers import PreTrainedModel

CHECKPOINT_SECONDS = 120
WARMUP_SHARE = 0.02
LENGTHENED_FROM_SHARE = 0.75


def _optimizers(model: "PreTrainedModel", recipe: Recipe) -> "list[Optimizer]":
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
    """Share of the peak learning rate: a short warm-up, a plateau, then a linear decay to zero over the last 60 %."""
    return max(0.0, min(1.0, done_share / WARMUP_SHARE, (1 - done_share) / 0.6))


def pretrain(model: "PreTrainedModel", streams: TokenStreams, recipe: Recipe, checkpoint: Path) -> dict[str, float]:
    """Trains `model` in place and returns {"steps", "tokens", "seconds", "loss"}; the loss is a running mean in nats.

    The file `checkpoint` is rewritten every two minutes; if it exists, training resumes from it.
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
        print(f"Resuming after step {step} and {used_seconds / 60:.1f} min.", flush=True)
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


def _save(
    checkpoint: Path,
    model: "PreTrainedModel",
    optimizers: "list[Optimizer]",
    step: int,
    used_seconds: float,
    mean_loss: float,
) -> None:
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
