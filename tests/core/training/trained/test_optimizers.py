"""An optimizer restored from a checkpoint takes the same steps as one that was never interrupted."""

import pytest
import torch
from torch.nn import Linear, Module, Sequential

from core.specs import TrainSpec
from core.training.trained.optimizers import load_optimizer, make_optimizer, save_optimizer
from core.training.trained.trained import Group, weights_of


class _Layers:
    """A `Trained` of two layers; the first is large enough for 8-bit moments."""

    def __init__(self):
        torch.manual_seed(0)
        self.model: Module = Sequential(Linear(128, 64), Linear(64, 4))

    def groups(self, weight_decay: float) -> list[Group]:
        weights = [weight for _, weight in weights_of(self.model)]
        return [
            Group(params=weights[:2], rate=1.0, weight_decay=weight_decay),
            Group(params=weights[2:], rate=4.0, weight_decay=0.0),
        ]


def _spec(optimizer: str) -> TrainSpec:
    return TrainSpec(
        name="run", output_dir="/run", dataset="/data", optimizer=optimizer, weight_decay=0.1, learning_rate=1e-2
    )


def _take_steps(layers: _Layers, optimizer: torch.optim.Optimizer, numbers: range) -> None:
    for number in numbers:
        inputs = torch.randn(8, 128, generator=torch.Generator().manual_seed(number))
        layers.model(inputs).square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()


@pytest.mark.parametrize("name", ["adamw", "adamw_8bit"])
def test_a_restored_optimizer_takes_the_same_steps(name, tmp_path):
    straight = _Layers()
    optimizer = make_optimizer(_spec(name), straight)
    _take_steps(straight, optimizer, range(3))
    save_optimizer(straight.model, optimizer, tmp_path / "optimizer.safetensors")
    resumed = _Layers()
    resumed.model.load_state_dict(straight.model.state_dict())
    again = make_optimizer(_spec(name), resumed)
    load_optimizer(tmp_path / "optimizer.safetensors", resumed.model, again)
    for layers, one in ((straight, optimizer), (resumed, again)):
        _take_steps(layers, one, range(3, 6))
    for (label, expected), (_, found) in zip(weights_of(straight.model), weights_of(resumed.model), strict=True):
        assert torch.equal(found, expected), label


def test_8_bit_moments_take_a_quarter_of_the_space(tmp_path):
    sizes = {}
    for name in ("adamw", "adamw_8bit"):
        layers = _Layers()
        optimizer = make_optimizer(_spec(name), layers)
        _take_steps(layers, optimizer, range(1))
        path = tmp_path / name
        save_optimizer(layers.model, optimizer, path)
        sizes[name] = path.stat().st_size
    assert sizes["adamw_8bit"] < 0.35 * sizes["adamw"]


def test_a_weight_without_a_gradient_has_no_state_to_restore(tmp_path):
    layers = _Layers()
    optimizer = make_optimizer(_spec("adamw"), layers)
    layers.model[1].requires_grad_(False)
    _take_steps(layers, optimizer, range(1))
    layers.model[1].requires_grad_(True)
    save_optimizer(layers.model, optimizer, tmp_path / "optimizer.safetensors")
    again = make_optimizer(_spec("adamw"), layers)
    load_optimizer(tmp_path / "optimizer.safetensors", layers.model, again)
    assert again.state[layers.model[0].weight]["step"] == 1
    assert layers.model[1].weight not in again.state
