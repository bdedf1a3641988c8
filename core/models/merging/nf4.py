"""NF4 with double quantization, one weight at a time, exactly as bitsandbytes does when it loads a model."""

import torch
from torch import Tensor

from core.models.precision import device


def quantized_layers(model: torch.nn.Module) -> set[str]:
    """The names of the linear layers that Transformers holds in 4 bits: all but the head and what is tied to it."""
    from transformers.pytorch_utils import Conv1D
    from transformers.quantizers.base import HfQuantizer
    from transformers.quantizers.quantizers_utils import should_convert_module

    kept = HfQuantizer.get_modules_to_not_convert(model, None, model._keep_in_fp32_modules)
    return {
        name
        for name, module in model.named_modules()
        if (type(module) is torch.nn.Linear or isinstance(module, Conv1D)) and should_convert_module(name, kept)
    }


def through_nf4(weight: Tensor, transposed: bool) -> Tensor:
    """`weight` quantized and dequantized, in its own dtype, on the CPU. `transposed` is for GPT-2's Conv1D.

    Blocks of 64 follow the rows as a linear layer stores them, so a transposed weight is turned first.
    """
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Params4bit

    rows = weight.T.contiguous() if transposed else weight
    quantized = Params4bit(rows, requires_grad=False, compress_statistics=True, quant_type="nf4").to(device())
    found = dequantize_4bit(quantized.data, quantized.quant_state).cpu()
    return found.T.contiguous() if transposed else found
