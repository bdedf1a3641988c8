"""A finished evaluation on disk, for a judge to read."""

import json
from pathlib import Path

from core.specs.judging.spec import JudgeSpec

MODELS = ("base", "tuned", "nearest")


def evaluation_in(folder: Path, answers: list[dict[str, str]], sources: list[str] | None = None) -> Path:
    """The folder of an evaluation of MODELS, with these answers by model, one dict an example."""
    folder.mkdir(parents=True)
    rows = [
        {
            "instruction": f"Question {number}?", "reference": f"Reference {number}.", "predictions": said,
            "scores": {}, "split": "test", "source": sources[number] if sources else "",
        }
        for number, said in enumerate(answers)
    ]  # fmt: skip
    kinds = {"nearest": "look-up"}
    metrics = {
        "result_version": 2, "models": [{"name": name, "kind": kinds.get(name, "model")} for name in MODELS],
        "reference": "base", "scorecards": {name: {} for name in MODELS}, "differences": {}, "examples": len(rows),
        "split": "test", "labels": False, "speed": None, "seconds": 1.0, "model": "tuned", "dataset": "care",
        "notes": [], "files": [], "spec": {}, "made_by": "",
    }  # fmt: skip
    (folder / "predictions.json").write_text(json.dumps(rows))
    (folder / "metrics.json").write_text(json.dumps(metrics))
    return folder


def spec_for(folder: Path, address: str, **given) -> JudgeSpec:
    """A judging of the evaluation in `folder` by a server at `address`, into the folder `judged` beside it."""
    place = {"name": "judged", "output_dir": str(folder.parent / "judged"), "evaluation": str(folder)}
    return JudgeSpec(**(place | {"model": "scripted", "endpoint": address} | given))
