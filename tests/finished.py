"""Finished jobs in the workspace of this process, with the results that verdicts are drawn from."""

import hashlib
import json
from pathlib import Path

from app.plumbing.studio import home, store
from core.specs import ArtifactKind, EvaluateSpec, ExportSpec, JobKind, TrainSpec
from storage.artifacts import NewArtifact
from storage.rows import Job
from tests.succeeded import succeeded

LEAK = {"kind": "leakage", "severity": "warning", "title": "36 examples nearly the same as one in a split", "count": 36}


def dataset_with_near_copies() -> str:
    """The folder of a dataset whose report warns of near copies."""
    folder = home() / "datasets" / "shop_dataset"
    folder.mkdir(parents=True)
    report = {"splits": {"train": 80, "validation": 10, "test": 120}, "verdict": {"state": "ready", "why": []}}
    (folder / "data_report.json").write_text(json.dumps(report | {"findings": [LEAK]}))
    return str(folder)


def trained(dataset: str, name: str = "shop", keep: str = "best") -> Job:
    """A run that overfits from step 80 of 160 on."""
    return _run(dataset, name, (4.3, 2.8, 3.4), {}, [], keep=keep)


def rewarded(dataset: str, name: str = "shop") -> Job:
    """A run of GRPO whose mean reward was 0.2, 0.5 at step 80 and 0.4 at step 160; it has checkpoints of both."""
    rewards = [(0, "eval_reward", 0.2), (80, "eval_reward", 0.5), (160, "eval_reward", 0.4)]
    result = {"mean_reward_before": 0.2, "mean_reward_after": 0.5}
    run = _run(dataset, name, (-0.2, -0.5, -0.4), result, rewards, method="grpo", rewards=("ends",))
    for step in (80, 160):
        Path(run.output_dir, f"checkpoint-{step}").mkdir()
    return run


def _run(dataset: str, name: str, losses: tuple[float, ...], result: dict, points: list[tuple], **settings) -> Job:
    """A run with these validation losses before the first step, at step 80 and at the last, 160."""
    folder = home() / "runs" / name
    (folder / "final").mkdir(parents=True)
    first, best, last = losses
    result |= {
        "first_validation_loss": first, "best_validation_loss": best, "last_validation_loss": last,
        "best_step": 80, "kept_step": 80, "steps": 160, "seconds": 60.0,
    }  # fmt: skip
    spec = TrainSpec(name=name, output_dir=str(folder), dataset=dataset, **settings)
    points += [(0, "eval_loss", first), (80, "eval_loss", best), (160, "eval_loss", last)]
    points += [(step, "loss", 40 / (step + 10)) for step in range(1, 161)]
    adapter = NewArtifact(ArtifactKind.ADAPTER, name, str(folder / "final"), 1)
    return succeeded(store(), JobKind.TRAIN, spec, result, [adapter], points)


def evaluated(model: str, dataset: str, close: int, count: int = 120, base: str = "smollm2-135m") -> Job:
    """An evaluation in which `close` long answers of the tuned model are close to the reference, of others none."""
    folder = home() / "runs" / f"{Path(model).name} scores {close}"
    folder.mkdir(parents=True)
    roles = {"base": 0, "tuned": close, "nearest": 0}
    words = "the tent of the north has three places and a weight of about four kilograms when it is dry"
    answers = [
        {
            "instruction": f"question {number}", "input": "", "reference": f"{number} {words}",
            "predictions": {role: f"{number} of {role}: {words * 9}" for role in roles},
            "scores": {
                role: {"accuracy": 0.0, "f1": 0.8 * (number < hits), "rougeL": 0.8 * (number < hits), "loss": 1.0}
                for role, hits in roles.items()
            },
        }
        for number in range(count)
    ]  # fmt: skip
    (folder / "predictions.json").write_text(json.dumps(answers))
    cards = {
        role: {
            name: {"value": value, "low": value - 0.01, "high": value + 0.01}
            for name, value in (("loss", 1.234), ("accuracy", 0.0), ("rougeL", 0.8 * hits / count))
        }
        for role, hits in roles.items()
    }
    better = {"rougeL": {"value": 0.5, "low": 0.4 if close else -0.1, "high": 0.6}}
    result = {
        "scorecards": cards, "differences": {"base": better, "nearest": better}, "examples": count, "split": "test",
        "labels": False, "seconds": 60.0, "speed": None, "notes": [],
        "how": {"base": f"{base} in bfloat16"},
    }  # fmt: skip
    spec = EvaluateSpec(name=folder.name, output_dir=str(folder), model=model, dataset=dataset)
    return succeeded(store(), JobKind.EVALUATE, spec, result)


def exported(model: str) -> Job:
    """An export of three types, not in the order in which one would take them; its files hold their names."""
    folder = home() / "exports" / Path(model).name
    folder.mkdir(parents=True)
    gguf, files = {}, []
    for kind, size, verdict in (
        ("q8_0", 200, "recommended"),
        ("q4_0", 90, "not recommended"),
        ("q4_k_m", 100, "recommended"),
    ):
        path = folder / f"model-{kind}.gguf"
        path.write_text(kind)
        sha256 = hashlib.sha256(kind.encode()).hexdigest()
        files.append(NewArtifact(ArtifactKind.GGUF, kind, str(path), size, sha256, {}))
        gguf[kind] = {
            "path": str(path), "bytes": size * 10**6, "sha256": sha256, "verdict": verdict, "why": None,
            "parity": {"mean_kl_divergence": 0.067, "top1_agreement": 0.94}, "answer": "A long answer. " * 60,
        }  # fmt: skip
    spec = ExportSpec(name=folder.name, output_dir=str(folder), model=model, types=tuple(gguf))
    return succeeded(store(), JobKind.EXPORT, spec, {"gguf": gguf, "stopped": {}}, files)
