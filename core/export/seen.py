"""What probes see of a model that is exported: its tokens, the tokens that begin and end an answer, its logits.

Each look is a process of its own, so that native code that aborts on a bad file ends a probe only.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.export.probe import first_sequences
from core.export.sample import Sample
from core.gguf.weights import Distance
from core.processes.child import run_child
from core.reporting import Reporter

_SCORED_BYTES = 64 << 20
_MOST_POSITIONS, _LONGEST_SEQUENCE = 512, 512


@dataclass(frozen=True)
class Ends:
    """The tokens between which a model answers: `begin`, which a text of its own may start with (None: the model names
    none), and `ends`, all that end an answer. Of a GGUF, `end` is the one it is made to say and `others` are the ends
    that it names besides; of a source, `special` are its other tokens that are no text.
    """

    begin: int | None
    ends: frozenset[int]
    end: int | None = None
    others: frozenset[int] = frozenset()
    special: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Seen:
    """What a probe saw of one model: token ids of the sample by kind of text; logits, positions × vocabulary; how far
    its weights are from their originals; and an answer of the source that ended by itself (prompt and answer, both as
    token ids), or whether the GGUF ends that one.
    """

    tokens: dict[str, list[list[int]]]
    first: np.ndarray
    scored: np.ndarray | None = None
    ends: Ends | None = None
    distance: Distance | None = None
    ended: list[list[int]] | None = None
    ends_by_itself: bool | None = None


def see_source(model_dir: Path, sample: Sample, reporter: Reporter) -> Seen:
    """The source as Transformers runs it in fp32."""
    return _look({"kind": "source", "path": str(model_dir), **_texts(sample)}, "Reading the source", reporter)


def see_gguf(path: Path, sample: Sample, source: Seen, reporter: Reporter, original: Path | None = None) -> Seen:
    """A GGUF as llama.cpp runs it, on the source's own token ids. `original` is the f16 it was quantized from."""
    request = {
        "kind": "gguf",
        "path": str(path),
        "original": str(original) if original else None,
        "first": first_sequences(source.tokens),
        "scored": scored_sequences(source),
        "ended": source.ended,
        **_texts(sample),
    }
    return _look(request, f"Reading {path.name}", reporter)


def see_first_logits(path: Path, source: Seen, reporter: Reporter) -> np.ndarray:
    """The logits of a GGUF after the sequences on which the source was read."""
    request = {
        "kind": "gguf",
        "path": str(path),
        "original": None,
        "first": first_sequences(source.tokens),
        "scored": [],
        "ended": None,
        **_texts(Sample((), (), ())),
    }
    return _look(request, f"Reading {path.name}", reporter).first


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


def measure_gguf(path: Path, source: Seen, benchmark: bool, question: str | None, reporter: Reporter) -> dict:
    """`speed` and `answer` of a GGUF as it will be used."""
    prompt = max(source.tokens["texts"], key=len)
    request = {"kind": "speed", "path": str(path), "benchmark": benchmark, "question": question, "prompt": prompt}
    return _probe(request, f"Trying {path.name}", reporter)[0]


def _texts(sample: Sample) -> dict:
    return {"texts": sample.texts, "rare_texts": sample.rare_texts, "conversations": sample.conversations}


def _look(request: dict, doing: str, reporter: Reporter) -> Seen:
    answer, logits = _probe(request, doing, reporter)
    ends = {name: frozenset(value) if isinstance(value, list) else value for name, value in answer["ends"].items()}
    return Seen(
        tokens=answer["tokens"],
        ends=Ends(**ends),
        distance=Distance(**answer["distance"]) if answer.get("distance") else None,
        ended=answer.get("ended"),
        ends_by_itself=answer.get("ends_by_itself"),
        **logits,
    )


def _probe(request: dict, doing: str, reporter: Reporter) -> tuple[dict, dict[str, np.ndarray]]:
    with tempfile.TemporaryDirectory(prefix="probe-") as place:
        request_path, logits_path = Path(place) / "request.json", Path(place) / "logits.npz"
        request = {**request, "answer": str(Path(place) / "answer.json"), "logits": str(logits_path)}
        request_path.write_text(json.dumps(request), encoding="utf-8")
        run_child(["-m", "core.export.probe", str(request_path)], doing, reporter)
        answer = json.loads(Path(request["answer"]).read_text(encoding="utf-8"))
        logits = dict(np.load(logits_path, allow_pickle=False)) if logits_path.exists() else {}
    return answer, logits
