"""Runs the probes, one child process each, and reads what they found."""

import json
import tempfile
from pathlib import Path

import numpy as np

from core.export.probing.outputs import Outputs, SpecialTokens
from core.export.probing.sequences import first_sequences, scored_sequences
from core.export.sample import Sample
from core.gguf.weights import Distance
from core.processes.child import run_child
from core.reporting import Reporter
from core.specs.results.benchmark import Speed


def source_outputs(model_dir: Path, sample: Sample, reporter: Reporter) -> Outputs:
    """The source, run by Transformers in fp32."""
    return _outputs({"kind": "source", "path": str(model_dir), **_texts(sample)}, "Reading the source", reporter)


def gguf_outputs(
    path: Path, sample: Sample, source: Outputs, reporter: Reporter, original: Path | None = None
) -> Outputs:
    """A GGUF, run by llama.cpp on the source's own token ids. `original` is the f16 that it was quantized from."""
    request = {
        "kind": "gguf",
        "path": str(path),
        "original": str(original) if original else None,
        "first": first_sequences(source.tokens),
        "scored": scored_sequences(source),
        "ended": source.ended,
        **_texts(sample),
    }
    return _outputs(request, f"Reading {path.name}", reporter)


def first_logits(path: Path, source: Outputs, reporter: Reporter) -> np.ndarray:
    """Only the `first` logits of a GGUF."""
    request = {
        "kind": "gguf",
        "path": str(path),
        "original": None,
        "first": first_sequences(source.tokens),
        "scored": [],
        "ended": None,
        **_texts(Sample((), (), ())),
    }
    return _outputs(request, f"Reading {path.name}", reporter).first


def try_gguf(
    path: Path, source: Outputs, benchmark: bool, question: str | None, reporter: Reporter
) -> tuple[Speed, str | None]:
    """The speed of a GGUF as it will be used, without `benchmark` only its load time; and its answer to `question`."""
    prompt = max(source.tokens["texts"], key=len)
    request = {"kind": "speed", "path": str(path), "benchmark": benchmark, "question": question, "prompt": prompt}
    found = _probe(request, f"Trying {path.name}", reporter)[0]
    return Speed(**found["speed"]), found["answer"]


def _texts(sample: Sample) -> dict:
    return {"texts": sample.texts, "rare_texts": sample.rare_texts, "conversations": sample.conversations}


def _outputs(request: dict, doing: str, reporter: Reporter) -> Outputs:
    answer, logits = _probe(request, doing, reporter)
    special = {
        name: frozenset(value) if isinstance(value, list) else value for name, value in answer["special"].items()
    }
    return Outputs(
        tokens=answer["tokens"],
        special=SpecialTokens(**special),
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
        run_child(["-m", "core.export.probing.child", str(request_path)], doing, reporter)
        answer = json.loads(Path(request["answer"]).read_text(encoding="utf-8"))
        logits = dict(np.load(logits_path, allow_pickle=False)) if logits_path.exists() else {}
    return answer, logits
