"""float16's loss scale: halved when gradients overflow, doubled after many steps, part of a checkpoint."""

import torch

from core.training.compute.loss_scale import LossScale
from core.training.run.checkpoints import RunState


def test_only_float16_scales_the_loss():
    state = RunState()
    scale = LossScale(state, "bfloat16")
    assert scale.value == 1 and state.loss_scale is None
    assert not scale.halved(float("inf"))


def test_an_overflow_halves_the_scale_until_it_is_gone_for_good():
    state = RunState()
    scale = LossScale(state, "float16")
    first = scale.value
    assert scale.halved(float("nan")) and scale.value == first / 2
    assert not scale.halved(3.0)
    assert LossScale(RunState(loss_scale=first / 2), "float16").value == first / 2
    while scale.halved(float("inf")):
        pass
    assert scale.value == 1


def test_gradients_are_unscaled_and_the_scale_grows_again():
    state = RunState(step=2000, loss_scale=8.0)
    scale = LossScale(state, "float16")
    weight = torch.nn.Parameter(torch.ones(3))
    weight.grad = torch.full((3,), 16.0)
    scale.unscale([weight, torch.nn.Parameter(torch.ones(1))])
    assert weight.grad.tolist() == [2, 2, 2]
    scale.after_step()
    assert scale.value == 16
