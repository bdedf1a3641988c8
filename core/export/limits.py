"""What an export says of a file, and how far it may be from its source for that (figures: docs/decisions.md)."""

from enum import StrEnum

from core.specs import GgufType


class Verdict(StrEnum):
    """What an export says of a type: worth having, the model but moved far, or another model, which is not shipped."""

    RECOMMENDED = "recommended"
    NOT_RECOMMENDED = "not recommended"
    STOPPED = "stopped"


LARGEST_DIFFERENCE = 1e-2
"""Between the first logits of f16's weights and of its source, both computed in 32 bits: length of the difference over
length of the source's logits, at the worst place. Weights stored in bfloat16 or float16 leave 0.000003, rounding from
float32 leaves 0.001; a lost tensor leaves 0.1 and more.
"""
LARGEST_ROUNDING = 3e-2
"""The same as f16 runs: llama.cpp rounds what it multiplies to 16 bits. 0.001 is usual; 1 is another model."""
LARGEST_TENSOR_ERROR, LARGEST_ROW_ERROR = 0.25, 0.5
"""Of a quantized tensor, and of a single row: length of the difference over length of the original. 4 bits leave 0.1
and 0.2; a lost one leaves 1.
"""
LARGEST_SHARE_LOST = 0.5
"""Mean KL divergence from f16 over what f16 draws from what it has read: with more of it lost, it is another model."""

_USUAL_KL = {GgufType.Q8_0: 0.0014, GgufType.Q5_K_M: 0.0108, GgufType.Q4_K_M: 0.0313, GgufType.Q4_0: 0.0719}
"""Mean KL divergence from f16, in nats, that llama.cpp's authors measured on Llama 3 with 8 billion parameters."""
_MEASURED_AT = 8.03e9
_BY_SIZE = 0.415
"""Smaller models move further, by this power of how much smaller they are: 5.5 times at 135 million parameters (mean of
the four types on SmolLM2).
"""
_MORE_THAN_USUAL = 2.5
_MOST_NATS = 0.25
"""At a quarter of a nat one first choice in four is another: no such file is recommended, however usual it may be."""


def largest_recommended_kl(type: GgufType, parameters: int) -> float:
    """The mean KL divergence from f16, in nats, up to which a file of this type and size is recommended."""
    usual = _USUAL_KL[type] * (_MEASURED_AT / max(parameters, 1)) ** _BY_SIZE
    return min(_MORE_THAN_USUAL * usual, _MOST_NATS)
