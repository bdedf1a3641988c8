"""Whether an exported model still is the model it was made from: the same tokens, the same logits, close enough bits.

An f16 GGUF is compared with its source: every token id of a sample, what begins and ends an answer, and the logits with
which answers begin, once with its weights computed in 32 bits, which shows the file, and once as it runs, which shows
llama.cpp. A quantized one is compared with that f16: the tokens again, every row of every tensor, and how far its
predictions have moved. What is another model is not shipped; what moved further than is usual is not recommended.
"""

import numpy as np

from core.errors import ParityError
from core.export.limits import (
    LARGEST_DIFFERENCE,
    LARGEST_ROUNDING,
    LARGEST_ROW_ERROR,
    LARGEST_SHARE_LOST,
    LARGEST_TENSOR_ERROR,
    Verdict,
    largest_recommended_kl,
)
from core.export.seen import Seen, scored_sequences
from core.specs import GgufType

_IDS_SHOWN = 4


def check_against_source(name: str, f16: Seen, widened: np.ndarray, source: Seen) -> dict:
    """The parity report of an f16 GGUF, whose first logits are `widened` when its weights are computed in 32 bits.

    Raises ParityError when it is not its source.
    """
    _check_ends(name, f16, source)
    _check_tokens(name, f16, source)
    wanted = source.first[:, : widened.shape[1]]  # a source may pad its vocabulary
    widened, as_run = widened[:, : wanted.shape[1]], f16.first[:, : wanted.shape[1]]
    difference, rounding = _moved(widened, wanted), _moved(as_run, wanted)
    if not np.isfinite(widened).all():
        raise ParityError(
            f"{name} does not hold what its source does: its logits are not finite.",
            "Its weights do not fit 16-bit numbers; train with a lower learning rate, or from another base model.",
        )
    if not difference <= LARGEST_DIFFERENCE:
        raise ParityError(
            f"{name} does not hold what its source does: its logits are {difference:.1%} of their length away, "
            f"{LARGEST_DIFFERENCE:.0%} is allowed.",
            "Export again; if it stays, this architecture is not converted rightly, and must not be shipped.",
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
            "Export again; if it stays, the end token of this model is not converted rightly.",
        )
    rare = zip(f16.tokens["rare_texts"], source.tokens["rare_texts"], strict=True)
    return {
        "tokens_equal": True,
        "ends_equal": True,
        "ends_by_itself": f16.ends_by_itself,
        "texts": len(source.tokens["texts"]) + len(source.tokens["prompts"]),
        "rare_texts_different": sum(found != wanted for found, wanted in rare),
        "logits_difference": difference,
        "logits_difference_as_run": rounding,
        "logits_max_difference": float(np.abs(widened - wanted).max()),
        "logits_max_difference_as_run": float(np.abs(as_run - wanted).max()),
        "positions": len(wanted),
        "passed": True,
    }


def check_against_f16(name: str, type: GgufType, quantized: Seen, f16: Seen, source: Seen, parameters: int) -> dict:
    """The parity report of a quantized GGUF of a model with so many parameters, without its verdict.

    Raises ParityError when it is not the model any more.
    """
    _check_ends(name, quantized, source)
    _check_tokens(name, quantized, source)
    _check_weights(name, quantized)
    wanted, found = log_softmax(f16.scored), log_softmax(quantized.scored)
    divergence = float((np.exp(wanted) * (wanted - found)).sum(axis=1).mean())
    agreement = float((wanted.argmax(axis=1) == found.argmax(axis=1)).mean())
    drawn = drawn_from_context(wanted)
    if not divergence <= LARGEST_SHARE_LOST * drawn:
        raise ParityError(
            f"{name} is not the model any more: its predictions are {divergence:.3g} nats from f16, which draws "
            f"{drawn:.3g} from what it reads; {agreement:.0%} of its first choices are the same.",
            f"Export without {type}: take a type with more bits.",
        )
    return {
        "tokens_equal": True,
        "ends_equal": True,
        "ends_by_itself": quantized.ends_by_itself,
        "mean_kl_divergence": divergence,
        "largest_kl_recommended": largest_recommended_kl(type, parameters),
        "largest_kl_allowed": LARGEST_SHARE_LOST * drawn,
        "top1_agreement": agreement,
        "positions": len(wanted),
        "largest_weight_error": quantized.distance.tensor_error,
        "largest_row_error": quantized.distance.row_error,
        "passed": True,
    }


def verdict_on(type: GgufType, parity: dict) -> tuple[Verdict, str | None]:
    """Whether a file that is the model is worth having, and why not."""
    divergence, limit = parity.get("mean_kl_divergence", 0.0), parity.get("largest_kl_recommended", 0.0)
    if divergence > limit:
        return Verdict.NOT_RECOMMENDED, (
            f"its predictions are {divergence:.2g} nats from f16, and {limit:.2g} is the most that is recommended for "
            f"{type} of a model of this size; {parity['top1_agreement']:.0%} of its first choices are the same"
        )
    if parity["ends_by_itself"] is False:
        return Verdict.NOT_RECOMMENDED, "it ran on in an answer that its source ends"
    return Verdict.RECOMMENDED, None


def drawn_from_context(log_probabilities: np.ndarray) -> float:
    """What predictions draw from what is read, in nats a token: how far they are, on average, from one fixed guess."""
    guess = np.log(np.maximum(np.exp(log_probabilities).mean(axis=0), 1e-300))
    return float((np.exp(log_probabilities) * (log_probabilities - guess)).sum(axis=1).mean())


def perplexity(seen: Seen, source: Seen) -> float:
    """How surprised a GGUF is, per token, by the texts it was scored on."""
    targets = np.concatenate([ids[start:] for ids, start in scored_sequences(source)])
    return float(np.exp(-log_softmax(seen.scored)[np.arange(len(targets)), targets].mean()))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Log probabilities along the last axis, in 64 bits."""
    logits = logits.astype(np.float64)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _moved(found: np.ndarray, wanted: np.ndarray) -> float:
    """Length of the difference over length of the wanted logits, at the worst place.

    A number added to all logits of a place changes no prediction, so each is taken from its place's mean.
    """
    found, wanted = (logits - logits.mean(axis=1, keepdims=True) for logits in (found, wanted))
    return float((np.linalg.norm(found - wanted, axis=1) / np.linalg.norm(wanted, axis=1)).max())


def _check_tokens(name: str, seen: Seen, source: Seen) -> None:
    different = [
        (found, wanted)
        for kind in ("texts", "prompts", "whole_texts")
        for found, wanted in zip(seen.tokens.get(kind, []), source.tokens.get(kind, []), strict=True)
        if found != wanted
    ]
    if different:
        found, wanted = different[0]
        pairs = zip(found, wanted, strict=False)
        place = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(found), len(wanted)))
        raise ParityError(
            f"{name} splits text differently from its source: {len(different)} of "
            f"{sum(len(source.tokens.get(kind, [])) for kind in ('texts', 'prompts', 'whole_texts'))} texts get other "
            f"token ids, first at token {place + 1}: {_ids_from(found, place)} instead of {_ids_from(wanted, place)}.",
            "This tokenizer is not converted rightly; export a model with the tokenizer of a well-known model.",
        )


def _ids_from(ids: list[int], place: int) -> str:
    """A few ids from a place on."""
    shown = ids[place : place + _IDS_SHOWN]
    more = ["…"] if len(ids) > place + _IDS_SHOWN else []
    return f"[{', '.join([*map(str, shown), *more])}]" if shown else "the end"


def _check_ends(name: str, seen: Seen, source: Seen) -> None:
    """The GGUF begins and ends as its source does. llama.cpp may know further ends by their names; they are no harm."""
    wrong = ""
    if source.ends.begin is not None and seen.ends.begin != source.ends.begin:
        wrong = f"it begins texts with token {seen.ends.begin}, its source with {source.ends.begin}"
    elif missing := source.ends.ends - seen.ends.ends:
        wrong = f"it does not end an answer at token {min(missing)}, as its source does"
    elif seen.ends.end not in source.ends.ends:
        wrong = f"its end token is {seen.ends.end}, and its source ends at {_listed(source.ends.ends)}"
    elif strange := seen.ends.others - source.ends.ends - source.ends.special:
        wrong = f"it ends an answer at token {min(strange)}, which is text to its source"
    if wrong:
        raise ParityError(
            f"{name} does not begin and end answers as its source: {wrong}.",
            "Export again; if it stays, the special tokens of this model are not converted rightly.",
        )


def _listed(tokens: frozenset[int]) -> str:
    return " or ".join(map(str, sorted(tokens))) or "none"


def _check_weights(name: str, quantized: Seen) -> None:
    distance = quantized.distance
    for part, error, allowed in (
        (distance.tensor, distance.tensor_error, LARGEST_TENSOR_ERROR),
        (distance.row, distance.row_error, LARGEST_ROW_ERROR),
    ):
        if not error <= allowed:
            raise ParityError(
                f"{name} lost a part of the model: {part} is {error:.0%} away from f16, {allowed:.0%} is allowed.",
                "Export again; if it stays, run the set-up again: it checks llama.cpp.",
            )
