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
    rows += general_rows(names) if "forgetting" in more else []
    (place / "predictions.json").write_text(json.dumps(rows))
    return pretend(JobKind.EVALUATE, spec, result=result)


def _card(value: float) -> dict:
    share = {"value": value, "low": value - 0.05, "high": value + 0.05}
    return {"accuracy": share, "f1": share, "rougeL": share, "mean_length": {"value": 1.0}}


def forgotten(names: list[str] = NAMES) -> dict:
    """Results of such a comparison on general ability and the harness: the adapter has lost arithmetic."""

    def score(right: int, count: int) -> dict:
        return {"value": right / count, "low": 0.4, "high": 0.7, "right": right, "count": count}

    def lost(value: float, p_value: float) -> dict:
        return {
            "value": value,
            "low": value - 0.1,
            "high": value + 0.1,
            "p_value": p_value,
            "corrected_p_value": p_value,
        }

    base, adapter, *_, theirs = names
    return {
        "forgetting": {
            "scores": {
                base: {"arithmetic": score(61, 80), "language": score(60, 80), "all fields": score(121, 160)},
                adapter: {"arithmetic": score(44, 80), "language": score(59, 80), "all fields": score(103, 160)},
                theirs: {"arithmetic": score(70, 80), "all fields": score(70, 80)},
            },
            "bases": {adapter: base},
            "differences": {
                adapter: {
                    "arithmetic": lost(-0.21, 0.001), "language": lost(-0.01, 1.0), "all fields": lost(-0.11, 0.01),
                }
            },
            "verdicts": {adapter: "lost arithmetic: 61 → 44 of 80, −21 points [−31, −11]"},
            "unmeasured": {theirs: "An API does not tell how likely it finds an answer."},
            "seconds": 100.0,
        },
        "harness": {
            "version": "0.4.13",
            "scores": {base: [{"task": "arc_easy", "metric": "acc", "value": 0.5, "standard_error": 0.01}]},
            "unmeasured": {theirs: "not asked, as the harness gets models in Transformers' format only."},
        },
    }  # fmt: skip


def general_rows(names: list[str] = NAMES) -> list[dict]:
    """Seven questions of the general set, the last of which the adapter alone got wrong."""
    base, adapter, *_ = names
    rows = []
    for number in range(1, 8):
        right = f"{number + 1}"
        said = {base: right, adapter: right if number < 7 else "9"}
        scores = {name: {"accuracy": float(text == right)} for name, text in said.items()}
        asked = {"instruction": f"What is {number} + 1?", "topic": "arithmetic", "split": "general ability"}
        rows.append(asked | {"reference": right, "predictions": said, "scores": scores})
    return rows
