"""A finished comparison of six models on two splits, and tuned models to compare, for tests of pages that show them."""

import json

from app.plumbing.studio import home
from core.specs import ArtifactKind, EvaluateSpec, JobKind, TrainSpec
from storage.rows import Job
from tests.app.working import pretend

NAMES = ["Base", "Adapter", "Damaged", "q8_0", "q4_0", "Somebody else's"]
_SHARES = [0.5, 0.95, 0.1, 0.94, 0.9, 0.5]


def tuned(name: str, dataset: str) -> tuple[str, str]:
    """The id and the reference of an adapter on the starter model, with empty weights."""
    folder = home() / "runs" / name
    spec = TrainSpec(name=name, output_dir=str(folder), dataset=dataset, model="starter")
    run = pretend(JobKind.TRAIN, spec, ArtifactKind.ADAPTER, folder / "final" / "adapter_config.json")
    (folder / "final" / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "starter"}))
    (folder / "final" / "adapter_model.safetensors").touch()
    return f"{run.id}-1", str(folder / "final")


def a_comparison(dataset: str, names: list[str] = NAMES, **more: dict) -> Job:
    """Six models of these names on 200 examples of the test split and 900 of the training split; `more` results."""
    models = [{"name": name, "model": "starter"} for name in names]
    place = home() / "runs" / "scores"
    spec = EvaluateSpec(name="scores", output_dir=str(place), models=models, dataset=dataset)
    scores = {
        "examples": 200, "scorecards": {name: _card(share) for name, share in zip(names, _SHARES, strict=True)},
        "differences": {
            name: {names[0]: _card(share - 0.5)} for name, share in zip(names[1:], _SHARES[1:], strict=True)
        },
    }  # fmt: skip
    result = scores | {
        "result_version": 2, "models": [{"kind": "model", **one} for one in models], "reference": names[0],
        "split": "test", "other_splits": {"train": scores | {"examples": 900}}, "labels": False, "speed": None,
        "seconds": 1.0, "model": "several", "dataset": "law", "notes": [], "files": [],
        **more,
    }  # fmt: skip
    rows = [
        {"instruction": "Who?", "reference": "You.", "split": split, "predictions": dict.fromkeys(names, f"in {split}"),
         "scores": {name: {"accuracy": 0.0, "f1": 0.1, "rougeL": 0.1} for name in names}}
        for split in ("test", "train")
    ]  # fmt: skip
    place.mkdir(parents=True)
    (place / "predictions.json").write_text(json.dumps(rows))
    return pretend(JobKind.EVALUATE, spec, result=result)


def _card(value: float) -> dict:
    share = {"value": value, "low": value - 0.05, "high": value + 0.05}
    return {"accuracy": share, "f1": share, "rougeL": share, "mean_length": {"value": 1.0}}
