"""Whether an exported model still is the model it was made from: the same tokens, logits and weights, within limits.

An f16 GGUF is compared with its source: the token ids of a sample, the special tokens, and the logits with which
answers begin, once computed in 32 bits, which tests the file, and once as it runs, which tests llama.cpp. A quantized
GGUF is compared with that f16: the tokens again, every row of every tensor, and the KL divergence of its predictions.
"""

import numpy as np

from core.errors import ParityError
from core.export.distances import gained_from_context, log_softmax, mean_kl_divergence, relative_difference
from core.export.limits import (
    LARGEST_DIFFERENCE,
    LARGEST_ROUNDING,
    LARGEST_ROW_ERROR,
    LARGEST_SHARE_LOST,
    LARGEST_TENSOR_ERROR,
    largest_recommended_kl,
)
from core.export.probing.outputs import Outputs
from core.export.token_parity import check_special_tokens, check_token_ids
from core.specs import GgufType
from core.specs.results.export import Parity


def check_against_source(name: str, f16: Outputs, widened: np.ndarray, source: Outputs) -> Parity:
    """The parity of an f16 GGUF. `widened` are its first logits, shape (positions, vocabulary), computed in 32 bits.

    Raises ParityError when it is not its source.
    """
    check_special_tokens(name, f16, source)
    check_token_ids(name, f16, source)
    wanted = source.first[:, : widened.shape[1]]  # a source may pad its vocabulary
    widened, as_run = widened[:, : wanted.shape[1]], f16.first[:, : wanted.shape[1]]
    difference, rounding = relative_difference(widened, wanted), relative_difference(as_run, wanted)
    if not np.isfinite(widened).all():
        raise ParityError(
            f"{name} does not hold what its source does: its logits are not finite.",
            "Its weights do not fit 16-bit numbers; train with a lower learning rate, or from another base model.",
        )
    if not difference <= LARGEST_DIFFERENCE:
        raise ParityError(
            f"{name} does not hold what its source does: its logits are {difference:.1%} of their length away, "
            f"{LARGEST_DIFFERENCE:.0%} is allowed.",
            "Export again; if the error persists, this architecture is not converted correctly.",
        )
    if not rounding <= LARGEST_ROUNDING:
        raise ParityError(
            f"{name} does not run as its source does: its logits are {rounding:.1%} of their length away, "
            f"{LARGEST_ROUNDING:.0%} is allowed.",
            "Run the set-up again: it checks llama.cpp.",
        )
    if f16.ends_by_itself is False:
        raise ParityError(
            f"{name} does not end an answer that its source ends.",
            "Export again; if the error persists, the end token of this model is not converted correctly.",
        )
    rare = zip(f16.tokens["rare_texts"], source.tokens["rare_texts"], strict=True)
    return Parity(
        passed=True,
        tokens_equal=True,
        ends_equal=True,
        ends_by_itself=f16.ends_by_itself,
        texts=len(source.tokens["texts"]) + len(source.tokens["prompts"]),
        rare_texts_different=sum(found != wanted for found, wanted in rare),
        logits_difference=difference,
        logits_difference_as_run=rounding,
        logits_max_difference=float(np.abs(widened - wanted).max()),
        logits_max_difference_as_run=float(np.abs(as_run - wanted).max()),
        positions=len(wanted),
    )


def check_against_f16(
    name: str, type: GgufType, quantized: Outputs, f16: Outputs, source: Outputs, parameters: int
) -> Parity:
    """The parity of a quantized GGUF of a model with this many parameters.

    Raises ParityError when it is no longer that model.
    """
    check_special_tokens(name, quantized, source)
    check_token_ids(name, quantized, source)
    _check_weights(name, quantized)
    wanted, found = log_softmax(f16.scored), log_softmax(quantized.scored)
    divergence, gained = mean_kl_divergence(wanted, found), gained_from_context(wanted)
    agreement = float((wanted.argmax(axis=1) == found.argmax(axis=1)).mean())
    if not divergence <= LARGEST_SHARE_LOST * gained:
        raise ParityError(
            f"{name} is not the model any more: its predictions are {divergence:.3g} nats from f16, which gains "
            f"{gained:.3g} from its context; {agreement:.0%} of its first choices are the same.",
            f"Export without {type}: choose a type with more bits.",
        )
    return Parity(
        passed=True,
        tokens_equal=True,
        ends_equal=True,
        ends_by_itself=quantized.ends_by_itself,
        mean_kl_divergence=divergence,
        largest_kl_recommended=largest_recommended_kl(type, parameters),
        largest_kl_allowed=LARGEST_SHARE_LOST * gained,
        top1_agreement=agreement,
        positions=len(wanted),
        largest_weight_error=quantized.distance.tensor_error,
        largest_row_error=quantized.distance.row_error,
    )


def _check_weights(name: str, quantized: Outputs) -> None:
    distance = quantized.distance
    for part, error, allowed in (
        (distance.tensor, distance.tensor_error, LARGEST_TENSOR_ERROR),
        (distance.row, distance.row_error, LARGEST_ROW_ERROR),
    ):
        if not error <= allowed:
            raise ParityError(
                f"{name} lost a part of the model: {part} is {error:.0%} away from f16, {allowed:.0%} is allowed.",
                "Export again; if the error persists, run the set-up again: it checks llama.cpp.",
            )
