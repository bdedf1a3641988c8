"""How far a GGUF may be from its source, and what follows from that (figures: docs/decisions.md)."""

from core.specs import GgufType
from core.specs.results.export import FileVerdict, Parity

LARGEST_DIFFERENCE = 1e-2
"""Between the first logits of f16 and of its source, both computed in 32 bits: norm of the difference over norm of the
source's logits, at the worst position. Weights stored in bfloat16 or float16 give 3e-6, rounding from float32 gives
1e-3; a lost tensor gives 0.1 and more.
"""
LARGEST_ROUNDING = 3e-2
"""The same for f16 as it runs: llama.cpp rounds what it multiplies to 16 bits. 0.001 is usual; 1 is another model."""
LARGEST_TENSOR_ERROR, LARGEST_ROW_ERROR = 0.25, 0.5
"""For a quantized tensor, and for a single row: norm of the difference over norm of the original. 4 bits give 0.1 and
0.2; a lost one gives 1.
"""
LARGEST_SHARE_LOST = 0.5
"""Mean KL divergence from f16 over the information that f16 gains from its context: above it, it is another model."""

_USUAL_KL = {GgufType.Q8_0: 0.0014, GgufType.Q5_K_M: 0.0108, GgufType.Q4_K_M: 0.0313, GgufType.Q4_0: 0.0719}
"""Mean KL divergence from f16, in nats, that llama.cpp's authors measured on Llama 3 with 8 billion parameters."""
_MEASURED_AT = 8.03e9
_BY_SIZE = 0.415
"""Exponent by which divergence grows as models get smaller: 5.5 times at 135 million parameters (mean of the four types
on SmolLM2).
"""
_MORE_THAN_USUAL = 2.5
_MOST_NATS = 0.25
"""At a quarter of a nat one first choice in four differs: no such file is recommended, however usual it is."""


def largest_recommended_kl(type: GgufType, parameters: int) -> float:
    """The mean KL divergence from f16, in nats, up to which a file of this type and model size is recommended."""
    usual = _USUAL_KL[type] * (_MEASURED_AT / max(parameters, 1)) ** _BY_SIZE
    return min(_MORE_THAN_USUAL * usual, _MOST_NATS)


def verdict_on(type: GgufType, parity: Parity) -> tuple[FileVerdict, str | None]:
    """Whether a file that passed every check is recommended, and why not."""
    divergence, limit = parity.mean_kl_divergence or 0.0, parity.largest_kl_recommended or 0.0
    if divergence > limit:
        return FileVerdict.NOT_RECOMMENDED, (
            f"its predictions are {divergence:.2g} nats from f16, and {limit:.2g} is the most that is recommended for "
            f"{type} of a model of this size; {parity.top1_agreement:.0%} of its first choices are the same"
        )
    if parity.ends_by_itself is False:
        return FileVerdict.NOT_RECOMMENDED, "it ran on in an answer that its source ends"
    return FileVerdict.RECOMMENDED, None
