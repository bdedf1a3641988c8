"""LoRA layers that read the same input, as one matrix product: [x, z] [W, B]ᵀ with z = A x.

PEFT computes a product of its own for each layer, then scales the adapter's output and adds it: passes over the largest
activations of a model. Here W and B of all the layers are in one matrix. Gradients come from [x, z] alone.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import linear

if TYPE_CHECKING:
    from peft.tuners.lora import LoraLayer


class JoinedLora:
    """Layers of one `dtype` or in NF4, each with one plain LoRA and without dropout. The base takes no gradients.

    Weights that are held in NF4 are dequantized for good if `expand`, otherwise at each use. Other weights become views
    into the joined matrix; their values and names do not change. `both`, (tokens, inputs + ranks), holds [x, z].
    Products are computed in `dtype`, summed in float32; the matrices A and B, and their gradients, are float32.
    """

    def __init__(self, layers: Sequence["LoraLayer"], dtype: torch.dtype, expand: bool):
        self._layers, self.dtype = layers, dtype
        self._adapters = [layer.active_adapters[0] for layer in layers]
        self._scalings = [layer.scaling[name] for layer, name in zip(layers, self._adapters, strict=True)]
        self._ranks = [layer.r[name] for layer, name in zip(layers, self._adapters, strict=True)]
        self._outputs = [layer.out_features for layer in layers]
        self.inputs, self._joined = layers[0].in_features, None
        biases = [layer.base_layer.bias for layer in layers]
        self.bias = None if any(bias is None for bias in biases) else torch.cat(biases).detach().to(dtype)
        if expand or not self._is_quantized:
            self._joined = self._with_room()
        if not self._is_quantized:
            for layer, part in zip(layers, self._joined.split(self._outputs), strict=True):
                layer.base_layer.weight.data = part[:, : self.inputs]

    @property
    def _is_quantized(self) -> bool:
        return hasattr(self._layers[0].base_layer.weight, "quant_state")

    @property
    def a(self) -> list[Tensor]:
        """The matrix A of each layer, (rank, inputs)."""
        return [layer.lora_A[name].weight for layer, name in zip(self._layers, self._adapters, strict=True)]

    @property
    def b(self) -> list[Tensor]:
        """The matrix B of each layer, (outputs, rank)."""
        return [layer.lora_B[name].weight for layer, name in zip(self._layers, self._adapters, strict=True)]

    def empty(self, tokens: int) -> Tensor:
        """Room for [x, z]."""
        return self.a[0].new_empty(tokens, self.inputs + sum(self._ranks), dtype=self.dtype)

    def forward(self, both: Tensor, a: Sequence[Tensor], b: Sequence[Tensor], residual: Tensor | None = None) -> Tensor:
        """The layers' outputs side by side, (tokens, outputs), plus `residual`. Completes `both`, which holds x."""
        torch.mm(both[:, : self.inputs], self._joined_a(a).T, out=both[:, self.inputs :])
        weight = self._weight(b)
        return linear(both, weight, self.bias) if residual is None else torch.addmm(residual, both, weight.T)

    def backward(
        self, grad: Tensor, both: Tensor, a: Sequence[Tensor], b: Sequence[Tensor], of_x: bool = True
    ) -> tuple[Tensor | None, list[Tensor]]:
        """The gradient of x (if `of_x`), (tokens, inputs), and those of all A, then all B, given that of the outputs.

        It is a view into a new tensor.
        """
        weight = self._weight(b)
        found = grad @ (weight if of_x else weight[:, self.inputs :])
        x, z = both[:, : self.inputs], both[:, self.inputs :]
        of_z = found[:, -z.shape[1] :]
        trained = [*(of_z.T @ x).float().split(self._ranks)]
        parts = zip(grad.split(self._outputs, 1), z.split(self._ranks, 1), self._scalings, strict=True)
        trained += [(part.T @ read).float().mul_(scaling) for part, read, scaling in parts]
        if not of_x:
            return None, trained
        return found[:, : self.inputs].addmm_(of_z, self._joined_a(a)), trained

    def _joined_a(self, a: Sequence[Tensor]) -> Tensor:
        """All A, one below the other, (ranks, inputs)."""
        return torch.cat(list(a)).to(self.dtype)

    def _weight(self, b: Sequence[Tensor]) -> Tensor:
        """[W, B], (outputs, inputs + ranks): each B, scaled, is beside its own layer's W, with zeros around it."""
        weight = self._with_room() if self._joined is None else self._joined
        places = zip(weight.split(self._outputs), b, self._scalings, strict=True)
        start = self.inputs
        for part, one, scaling in places:
            torch.mul(one, scaling, out=part[:, start : start + one.shape[1]])
            start += one.shape[1]
        return weight

    def _with_room(self) -> Tensor:
        """[W, 0]."""
        weights = [layer.base_layer.weight for layer in self._layers]
        joined = self.a[0].new_zeros(sum(self._outputs), self.inputs + sum(self._ranks), dtype=self.dtype)
        for part, weight in zip(joined.split(self._outputs), weights, strict=True):
            part[:, : self.inputs] = _dequantized(weight) if self._is_quantized else weight.detach()
        return joined


def _dequantized(weight: Tensor) -> Tensor:
    from bitsandbytes.functional import dequantize_4bit

    return dequantize_4bit(weight.data, weight.quant_state)
