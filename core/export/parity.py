"""Whether an exported model still is the model it was made from: the same tokens, the same logits, close enough bits.

An f16 GGUF is compared with its source: every token id of a sample, and the logits with which answers begin, once with
its weights computed in 32 bits, which shows the file, and once as it runs, which shows llama.cpp. A quantized one is
compared with that f16: the tokens again, every tensor, and how far its predictions have moved. What fails is not
shipped.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import ParityError
from core.export.child import run_child
from core.export.probe import first_sequences
from core.export.sample import Sample
from core.export.weights import LARGEST_ERROR
from core.jobs import GgufType
from core.reporting import Reporter

LARGEST_LOGITS_DIFFERENCE = 1e-2
"""Between the first logits of f16's weights and of its source, both computed in 32 bits. 0.00001 is usual; a wrong
tensor leaves whole units.
"""
LARGEST_ROUNDING = 1e-2
"""As f16 runs, llama.cpp rounds what it multiplies to 16 bits: length of the difference over length of the logits.
0.0003 is usual; 1 is another model.
"""
LARGEST_KL = {GgufType.Q8_0: 0.01, GgufType.Q5_K_M: 0.06, GgufType.Q4_K_M: 0.16, GgufType.Q4_0: 0.36}
"""Mean KL divergence from f16, in nats, at which a type no longer behaves like the model: five times what llama.cpp's
authors measured for each on an 8B Llama 3. The starter model stays at a tenth of that or less."""

_SCORED_BYTES = 64 << 20
_MOST_POSITIONS, _LONGEST_SEQUENCE = 512, 512


@dataclass(frozen=True)
class Seen:
    """What a probe saw of one model: token ids of the sample by kind of text; logits, positions × vocabulary; and the
    tensor furthest from its original, with its distance.
    """

    tokens: dict[str, list[list[int]]]
    first: np.ndarray
    scored: np.ndarray | None = None
    worst_tensor: tuple[str, float] | None = None


def see_source(model_dir: Path, sample: Sample, reporter: Reporter) -> Seen:
    """The source as Transformers runs it in fp32."""
    tokens, logits = _probe(
        {"kind": "source", "path": str(model_dir), **_texts(sample)}, "Reading the source", reporter
    )
    return Seen(tokens, **logits)


def see_gguf(path: Path, sample: Sample, source: Seen, reporter: Reporter, original: Path | None = None) -> Seen:
    """A GGUF as llama.cpp runs it, on the source's own token ids. `original` is the f16 it was quantized from."""
    request = {
        "kind": "gguf",
        "path": str(path),
        "original": str(original) if original else None,
        "first": first_sequences(source.tokens),
        "scored": scored_sequences(source),
        **_texts(sample),
    }
    tokens, logits = _probe(request, f"Reading {path.name}", reporter)
    return Seen(tokens, worst_tensor=tokens.pop("worst_tensor"), **logits)


def see_first_logits(path: Path, source: Seen, reporter: Reporter) -> np.ndarray:
    """The logits of a GGUF after the sequences on which the source was read."""
    request = {
        "kind": "gguf",
        "path": str(path),
        "original": None,
        "first": first_sequences(source.tokens),
        "scored": [],
    }
    return _probe({**request, **_texts(Sample((), (), ()))}, f"Reading {path.name}", reporter)[1]["first"]


def scored_sequences(source: Seen) -> list[tuple[list[int], int]]:
    """Token ids, and from which of them on predictions are compared: the answers, or plain text where none is known."""
    tokens = source.tokens
    pairs = zip(tokens["prompts"], tokens.get("answers", []), strict=False)
    candidates = [(prompt + answer, len(prompt)) for prompt, answer in pairs if answer]
    candidates = candidates or [(ids, 1) for ids in tokens["texts"]]
    left = max(64, min(_MOST_POSITIONS, _SCORED_BYTES // (4 * source.first.shape[1])))
    chosen = []
    for ids, start in candidates:
        ids = ids[: min(_LONGEST_SEQUENCE, start + left)]
        if len(ids) > start:
            chosen.append((ids, start))
            left -= len(ids) - start
        if left == 0:
            break
    return chosen


def check_against_source(name: str, f16: Seen, widened: np.ndarray, source: Seen) -> dict:
    """The parity report of an f16 GGUF, whose first logits are `widened` when its weights are computed in 32 bits.

    Raises ParityError when it is not its source.
    """
    _check_tokens(name, f16, source)
    wanted = source.first[:, : widened.shape[1]]  # a source may pad its vocabulary
    widened, as_run = widened[:, : wanted.shape[1]], f16.first[:, : wanted.shape[1]]
    difference = float(np.abs(widened - wanted).max())
    if not difference <= LARGEST_LOGITS_DIFFERENCE:  # a difference that is no number fails too
        raise ParityError(
            f"{name} does not hold what its source does: logits differ by {difference:.3g}, "
            f"{LARGEST_LOGITS_DIFFERENCE:g} is allowed.",
            "Export again; if it stays, this architecture is not converted rightly, and must not be shipped.",
        )
    rounding = float(np.linalg.norm(as_run - wanted) / np.linalg.norm(wanted))
    if not rounding <= LARGEST_ROUNDING:
        raise ParityError(
            f"{name} does not run as its source does: its logits are {rounding:.1%} away, {LARGEST_ROUNDING:.0%} is "
            "allowed.",
            "Run the set-up again: it checks llama.cpp.",
        )
    rare = zip(f16.tokens["rare_texts"], source.tokens["rare_texts"], strict=True)
    return {
        "tokens_equal": True,
        "texts": len(source.tokens["texts"]) + len(source.tokens["prompts"]),
        "rare_texts_different": sum(found != wanted for found, wanted in rare),
        "logits_max_difference": difference,
        "logits_max_difference_as_run": float(np.abs(as_run - wanted).max()),
        "positions": len(wanted),
        "passed": True,
    }


def check_against_f16(name: str, type: GgufType, quantized: Seen, f16: Seen, source: Seen) -> dict:
    """The parity report of a quantized GGUF. Raises ParityError when its predictions are not the model's any more."""
    _check_tokens(name, quantized, source)
    tensor, error = quantized.worst_tensor
    if not error <= LARGEST_ERROR:
        raise ParityError(
            f"{name} lost a part of the model: {tensor} is {error:.0%} away from f16, {LARGEST_ERROR:.0%} is allowed.",
            "Export again; if it stays, run the set-up again: it checks llama.cpp.",
        )
    wanted, found = log_softmax(f16.scored), log_softmax(quantized.scored)
    divergence = float((np.exp(wanted) * (wanted - found)).sum(axis=1).mean())
    agreement = float((wanted.argmax(axis=1) == found.argmax(axis=1)).mean())
    if not divergence <= LARGEST_KL[type]:
        raise ParityError(
            f"{name} no longer behaves like the model: its predictions are {divergence:.3g} nats from f16 "
            f"({LARGEST_KL[type]:g} is allowed for {type}); {agreement:.0%} of its first choices are the same.",
            f"Export without {type}: take a type with more bits.",
        )
    return {
        "tokens_equal": True,
        "mean_kl_divergence": divergence,
        "largest_kl_allowed": LARGEST_KL[type],
        "top1_agreement": agreement,
        "positions": len(wanted),
        "largest_weight_error": error,
        "passed": True,
    }


def perplexity(seen: Seen, source: Seen) -> float:
    """How surprised a GGUF is, per token, by the texts it was scored on."""
    targets = np.concatenate([ids[start:] for ids, start in scored_sequences(source)])
    return float(np.exp(-log_softmax(seen.scored)[np.arange(len(targets)), targets].mean()))


def measure_gguf(path: Path, source: Seen, benchmark: bool, question: str | None, reporter: Reporter) -> dict:
    """`speed` and `answer` of a GGUF as it will be used, in a process of its own."""
    prompt = max(source.tokens["texts"], key=len)
    request = {"kind": "speed", "path": str(path), "benchmark": benchmark, "question": question, "prompt": prompt}
    return _probe(request, f"Trying {path.name}", reporter)[0]


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Log probabilities along the last axis, in 64 bits."""
    logits = logits.astype(np.float64)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _check_tokens(name: str, seen: Seen, source: Seen) -> None:
    different = [
        (found, wanted)
        for kind in ("texts", "prompts")
        for found, wanted in zip(seen.tokens[kind], source.tokens[kind], strict=True)
        if found != wanted
    ]
    if different:
        found, wanted = different[0]
        raise ParityError(
            f"{name} splits text differently from its source: {len(different)} of "
            f"{len(source.tokens['texts']) + len(source.tokens['prompts'])} texts get other token ids, "
            f"first {found[:12]} instead of {wanted[:12]}.",
            "This tokenizer is not converted rightly; export a model with the tokenizer of a well-known model.",
        )


def _texts(sample: Sample) -> dict:
    return {"texts": sample.texts, "rare_texts": sample.rare_texts, "conversations": sample.conversations}


def _probe(request: dict, doing: str, reporter: Reporter) -> tuple[dict, dict[str, np.ndarray]]:
    with tempfile.TemporaryDirectory(prefix="probe-") as place:
        request_path, logits_path = Path(place) / "request.json", Path(place) / "logits.npz"
        request = {**request, "answer": str(Path(place) / "answer.json"), "logits": str(logits_path)}
        request_path.write_text(json.dumps(request), encoding="utf-8")
        run_child(["-m", "core.export.probe", str(request_path)], doing, reporter)
        answer = json.loads(Path(request["answer"]).read_text(encoding="utf-8"))
        logits = dict(np.load(logits_path, allow_pickle=False)) if logits_path.exists() else {}
    return answer, logits
