"""Loss scaling: float16 has no numbers below 6e-8, so the loss is multiplied before gradients are computed.

The scale halves whenever a gradient overflows, and the step is computed again; it doubles every 2,000 steps
(Micikevicius et al., 2018, arXiv:1710.03740, who skip such a step). It is part of a checkpoint.
"""

import math

from torch import Tensor

from core.models.precision import Precision
from core.training.run.checkpoints import RunState

_FIRST, _STEPS_UNTIL_DOUBLED = 2.0**16, 2000


class LossScale:
    """1 for every precision but float16."""

    def __init__(self, state: RunState, precision: Precision):
        self._state, self._is_used = state, precision == "float16"
        if self._is_used and state.loss_scale is None:
            state.loss_scale = _FIRST

    @property
    def value(self) -> float:
        """What a loss is multiplied with."""
        return self._state.loss_scale if self._is_used else 1.0

    def unscale(self, weights: list[Tensor]) -> None:
        """Divide the gradients by the scale."""
        if self._is_used:
            for weight in weights:
                if weight.grad is not None:
                    weight.grad.div_(self.value)

    def halved(self, grad_norm: float) -> bool:
        """Whether the gradients overflowed and the scale was halved, so that they have to be computed again."""
        if math.isfinite(grad_norm) or self.value <= 1:
            return False
        self._state.loss_scale /= 2
        return True

    def after_step(self) -> None:
        """To be called once a step is taken."""
        if self._is_used and self._state.step % _STEPS_UNTIL_DOUBLED == 0:
            self._state.loss_scale *= 2
