"""A workspace with one of everything, made in seconds: the dataset is real, all other results are written by hand."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import exp
from pathlib import Path

from app.data.start_preparing import start_preparing
from app.plumbing.studio import store
from core.specs import ArtifactKind, EvaluateSpec, ExportSpec, JobKind, TrainSpec
from core.specs.deployments import DesiredState, Purpose
from core.specs.results.sample_answers import SAMPLE_ANSWERS
from storage.actors import OWNER
from storage.artifacts import NewArtifact
from storage.claims import claim
from storage.deployments import create_deployment, set_desired
from storage.endings import fail
from storage.jobs import enqueue
from storage.metrics import MetricPoint
from storage.settings import settings
from tests.app.working import work_off
from tests.succeeded import succeeded

STEPS = 120


def seed(home: Path) -> dict[str, str]:
    """Fill the workspace `home`; returns kind to the id of what was made."""
    with working_on(home):
        dataset = work_off(start_preparing(OWNER, source="sample", domain="healthcare", num_samples=60, name="care"))
        runs = [_run(home, name, dataset["path"], bend) for name, bend in (("care", 30), ("care-2", 50))]
        evaluation = _evaluation(home, dataset["path"])
        export = _export(home)
        broken = enqueue(store(), OWNER, _train(home, "broken", dataset["path"]), JobKind.TRAIN)
        fail(store(), broken.id, claim(store(), "seed", [JobKind.TRAIN]).attempt, "It was out of luck.", "Try again.")
        served = create_deployment(
            store(), OWNER, name="care", purpose=Purpose.SERVE, model=str(home / "exports/care/model-q8_0.gguf")
        )
        set_desired(store(), OWNER, served.id, DesiredState.STOPPED)
    return {
        "dataset": dataset["id"], "run": runs[0], "second run": runs[1], "failed run": broken.id,
        "evaluation": evaluation, "export": export, "deployment": served.id,
    }  # fmt: skip


@contextmanager
def working_on(home: Path) -> Iterator[None]:
    before = os.environ.get("TUNEWRIGHT_HOME")
    os.environ["TUNEWRIGHT_HOME"] = str(home)
    settings.cache_clear()
    store.cache_clear()
    try:
        yield
    finally:
        store().close()
        store.cache_clear()
        settings.cache_clear()
        os.environ.pop("TUNEWRIGHT_HOME")
        if before:
            os.environ["TUNEWRIGHT_HOME"] = before


def _train(home: Path, name: str, dataset: str) -> TrainSpec:
    return TrainSpec(name=name, output_dir=str(home / "runs" / name), dataset=dataset, model="starter")


def _run(home: Path, name: str, dataset: str, bend: int) -> str:
    folder = home / "runs" / name
    (folder / "final").mkdir(parents=True)
    (folder / "final" / "adapter_config.json").write_text('{"base_model_name_or_path": "starter"}')
    (folder / "final" / "adapter_model.safetensors").write_bytes(bytes(200_000))
    loss = [(step, 1 + 3 * exp(-step / bend)) for step in range(1, STEPS + 1)]
    validation = [(step, 1.3 + 2.5 * exp(-step / bend) + max(0, step - 80) / 200) for step in range(20, STEPS + 1, 20)]
    result = {
        "steps": STEPS, "seconds": 61.0, "adapter": str(folder / "final"), "merged_model": None, "best_step": 80,
        "first_validation_loss": validation[0][1], "best_validation_loss": validation[3][1],
        "last_validation_loss": validation[-1][1], "kept_step": 80,
    }  # fmt: skip
    made = [NewArtifact(ArtifactKind.ADAPTER, name, str(folder / "final"), 200_000, None, {"model": "starter"})]

    series = {
        "loss": loss, "eval_loss": validation, "learning_rate": [(step, 1e-4) for step, _ in loss],
        "grad_norm": [(step, value / 2) for step, value in loss],
        "tokens_per_second": [(step, 900.0) for step, _ in loss],
        "elapsed_seconds": [(step, step / 2) for step, _ in loss], "memory_bytes": [(step, 8e8) for step, _ in loss],
    }  # fmt: skip
    (folder / SAMPLE_ANSWERS).write_text("".join(f"{json.dumps(one)}\n" for one in _sample_answers()))
    points = [MetricPoint(step, name, value) for name, line in series.items() for step, value in line]
    return succeeded(store(), JobKind.TRAIN, _train(home, name, dataset), result, made, points).id


def _sample_answers() -> Iterator[dict]:
    for step in range(0, STEPS + 1, 20):
        for illness in ("gout", "mumps"):
            answer = f"{illness} needs rest and water"[: 4 + step // 4]
            expected = f"{illness} needs rest and water."
            yield {"step": step, "question": f"What helps against {illness}?", "expected": expected,
                   "answer": answer, "whole": step == STEPS}  # fmt: skip


def _evaluation(home: Path, dataset: str) -> str:
    folder = home / "runs" / "care-scores"
    folder.mkdir(parents=True)
    names = ("accuracy", "exact_match", "token_accuracy", "f1", "rouge1", "rouge2", "rougeL", "bleu")

    def card(value: float) -> dict:
        scores = {name: {"value": value, "low": value - 0.1, "high": value + 0.1} for name in names}
        others = {"loss": {"value": 2 - value}, "perplexity": {"value": exp(2 - value)}, "mean_length": {"value": 11.0}}
        return scores | others

    roles = {"base": 0.2, "tuned": 0.6, "nearest": 0.3}
    predictions = [
        {
            "instruction": f"What helps against illness number {n}?", "input": "", "reference": "Rest and water.",
            "predictions": {role: f"Rest, says {role}." for role in roles},
            "scores": {role: {"rougeL": value, "f1": value, "accuracy": 0.0, "exact_match": 0.0, "loss": 2 - value}
                       for role, value in roles.items()},
        }
        for n in range(24)
    ]  # fmt: skip
    (folder / "predictions.json").write_text(json.dumps(predictions))
    (folder / "metrics.json").write_text("{}")
    result = {
        "scorecards": {role: card(value) for role, value in roles.items()}, "differences": {}, "notes": [],
        "examples": 24, "split": "test", "seconds": 30.0, "output_dir": str(folder),
    }  # fmt: skip
    spec = EvaluateSpec(
        name="care scores", output_dir=str(folder), dataset=dataset, model=str(home / "runs" / "care"), nearest=True
    )
    made = [NewArtifact(ArtifactKind.EVALUATION, "care scores", str(folder / "metrics.json"), 2)]
    return succeeded(store(), JobKind.EVALUATE, spec, result, made).id


def _export(home: Path) -> str:
    folder = home / "exports" / "care"
    folder.mkdir(parents=True)
    gguf, made = {}, []
    for kind, size, verdict, why in (
        ("q8_0", 140_000, "recommended", None),
        ("q4_0", 90_000, "not recommended", "its predictions are 0.3 nats from f16"),
    ):
        path = folder / f"model-{kind}.gguf"
        path.write_bytes(bytes(size))
        parity = {"mean_kl_divergence": 0.01, "largest_kl_recommended": 0.25, "top1_agreement": 0.97}
        gguf[kind] = {
            "path": str(path), "bytes": size, "sha256": "0" * 64, "verdict": verdict, "why": why, "parity": parity,
        }  # fmt: skip
        made.append(NewArtifact(ArtifactKind.GGUF, f"care {kind}", str(path), size, "0" * 64, {"type": kind}))
    stopped = {"q4_k_m": {"verdict": "stopped", "why": "model-q4_k_m.gguf lost a part of it", "remedy": "Try again."}}
    spec = ExportSpec(name="care", output_dir=str(folder), model=str(home / "runs" / "care"), types=("q8_0", "q4_0"))
    return succeeded(store(), JobKind.EXPORT, spec, {"gguf": gguf, "stopped": stopped}, made).id
