"""The optimizers: AdamW in 32 or 8 bits, in GPU memory or paged to the machine's, and their state in a checkpoint."""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import Module, Parameter
from torch.optim import Optimizer

from core.specs import TrainSpec
from core.training.trained.trained import Trained, weights_of

_CONSTANT = frozenset({"qmap1", "qmap2"})
"""State of bitsandbytes' optimizers that is the same for every weight: the codes that 8 bits stand for."""


def make_optimizer(spec: TrainSpec, trained: Trained) -> Optimizer:
    """AdamW (Loshchilov and Hutter, 2019) over the weights to train; its 8-bit forms are Dettmers et al.'s, 2022."""
    groups = trained.groups(spec.weight_decay)
    if spec.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=spec.learning_rate, fused=True)
    from bitsandbytes import optim

    kinds = {
        "adamw_8bit": optim.AdamW8bit,
        "paged_adamw": optim.PagedAdamW32bit,
        "paged_adamw_8bit": optim.PagedAdamW8bit,
    }
    return kinds[spec.optimizer](groups, lr=spec.learning_rate)


def save_optimizer(model: Module, optimizer: Optimizer, path: Path) -> None:
    """Write the optimizer's state of every weight as safetensors, named `weight.key`."""
    from safetensors.torch import save_file

    save_file(
        {
            f"{name}.{key}": torch.as_tensor(value).contiguous()
            for name, weight in weights_of(model)
            for key, value in optimizer.state[weight].items()
            if key not in _CONSTANT
        },
        path,
    )


def load_optimizer(path: Path, model: Module, optimizer: Optimizer) -> None:
    """Restore what `save_optimizer` wrote."""
    from safetensors.torch import load_file

    saved = load_file(path)
    for weight, name in ((weight, name) for name, weight in weights_of(model) if f"{name}.step" in saved):
        state = _fresh_state(optimizer, weight)
        for key in state.keys() - _CONSTANT:
            held = saved[f"{name}.{key}"]
            if isinstance(state[key], Tensor):
                state[key].copy_(held)  # in place: a paged tensor stays paged
            else:
                state[key] = held.item()


def _fresh_state(optimizer: Optimizer, weight: Parameter) -> dict[str, Tensor | int]:
    """The state that the optimizer gives a weight at its first step."""
    if isinstance(optimizer, torch.optim.AdamW):
        moments = {name: torch.zeros_like(weight) for name in ("exp_avg", "exp_avg_sq")}
        optimizer.state[weight] = {"step": torch.zeros((), device=weight.device)} | moments
    else:
        for number, group in enumerate(optimizer.param_groups):
            for place, one in enumerate(group["params"]):
                if one is weight:
                    optimizer.init_state(group, weight, number, place)
    return optimizer.state[weight]
