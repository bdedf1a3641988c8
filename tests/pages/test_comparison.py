"""The Evaluate page for any number of models: choosing and naming them, a file of examples, and what came out."""

import json

import pytest

from app.data.start_preparing import start_preparing
from app.data.uploads import store_upload
from app.jobs.queries import jobs
from app.plumbing.studio import home
from core.specs import ArtifactKind, EvaluateSpec, JobKind, TrainSpec
from storage.actors import OWNER
from tests.app.working import pretend, work_off
from tests.framed import framed
from tests.pages.test_forms import labelled


@pytest.fixture
def dataset() -> dict:
    return work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=30, name="law"))


@pytest.fixture
def tuned(dataset) -> dict:
    """Two adapters on the starter model, by name: id and reference."""
    found = {}
    for name in ("first", "second"):
        folder = home() / "runs" / name
        spec = TrainSpec(name=name, output_dir=str(folder), dataset=dataset["path"], model="starter")
        run = pretend(JobKind.TRAIN, spec, ArtifactKind.ADAPTER, folder / "final" / "adapter_config.json")
        (folder / "final" / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "starter"}))
        (folder / "final" / "adapter_model.safetensors").touch()
        found[name] = (f"{run.id}-1", str(folder / "final"))
    return found


def field(app, label: str):
    return labelled(app.text_input, label)


def test_models_are_compared_under_the_persons_names(tuned, dataset):
    app = framed("evaluate", model=tuned["first"][0])
    labelled(app.multiselect, "Compare with further models").set_value([tuned["second"][0]]).run()
    assert [field(app, f"Name of model {number}").value for number in (1, 2, 3)] == ["starter", "first", "second"]
    field(app, "Name of model 3").set_value("first").run()
    assert "a name of its own" in app.error[0].value and labelled(app.button, "Evaluate").disabled
    field(app, "Name of model 3").set_value("Longer training").run()
    labelled(app.button, "Evaluate").click().run()
    spec = jobs(OWNER, JobKind.EVALUATE)[0].spec
    assert [one["name"] for one in spec["models"]] == ["starter", "first", "Longer training", "Look-up"]
    assert spec["models"][2]["model"] == tuned["second"][1] and spec["models"][3]["look_up"]
    assert (spec["reference"], spec["model"], spec["splits"]) == ("starter", None, ["test"])


def test_alone_a_model_is_evaluated_beside_its_base_as_before(tuned):
    app = framed("evaluate", model=tuned["first"][0])
    labelled(app.button, "Evaluate").click().run()
    spec = jobs(OWNER, JobKind.EVALUATE)[0].spec
    assert (spec["model"], spec["models"], spec["nearest"]) == (tuned["first"][1], [], True)


def test_a_file_is_asked_instead_of_a_split(tuned):
    app = framed("evaluate", model=tuned["first"][0])
    labelled(app.segmented_control, "Examples from").set_value("A file").run()
    assert labelled(app.button, "Evaluate").disabled
    kept = store_upload("exam.csv", [b"question,answer\nWho?,You.\n"])
    app.session_state["typed-evaluate"]["upload"] = {"id": kept["id"], "name": "exam.csv", "bytes": 26}
    app.run()
    labelled(app.button, "Evaluate").click().run()
    spec = jobs(OWNER, JobKind.EVALUATE)[0].spec
    assert spec["test_file"].endswith("exam.csv") and spec["splits"] == []


def test_every_model_has_a_column_and_a_verdict_and_every_split_its_table(dataset):
    names = ["Base", "Adapter", "Damaged", "q8_0", "q4_0", "Somebody else's"]
    models = [{"name": name, "model": "starter"} for name in names]
    place = home() / "runs" / "scores"
    spec = EvaluateSpec(name="scores", output_dir=str(place), models=models, dataset=dataset["path"])

    def card(value: float) -> dict:
        share = {"value": value, "low": value - 0.05, "high": value + 0.05}
        return {"accuracy": share, "f1": share, "rougeL": share, "mean_length": {"value": 1.0}}

    values = [0.5, 0.95, 0.1, 0.94, 0.9, 0.5]
    scores = {
        "examples": 200, "scorecards": {name: card(value) for name, value in zip(names, values, strict=True)},
        "differences": {name: {"Base": card(value - 0.5)} for name, value in zip(names[1:], values[1:], strict=True)},
    }  # fmt: skip
    result = scores | {
        "result_version": 2, "models": [{"kind": "model", **one} for one in models], "reference": "Base",
        "split": "test", "other_splits": {"train": scores | {"examples": 900}}, "labels": False, "speed": None,
        "seconds": 1.0, "model": "several", "dataset": "law", "notes": [], "files": [],
    }  # fmt: skip
    rows = [
        {"instruction": "Who?", "reference": "You.", "split": split, "predictions": dict.fromkeys(names, f"in {split}"),
         "scores": {name: {"accuracy": 0.0, "f1": 0.1, "rougeL": 0.1} for name in names}}
        for split in ("test", "train")
    ]  # fmt: skip
    place.mkdir(parents=True)
    (place / "predictions.json").write_text(json.dumps(rows))
    app = framed("evaluate", job=pretend(JobKind.EVALUATE, spec, result=result).id)
    assert not app.exception
    assert [name.replace("\\", "") for name in app.table[0].value.columns][1:] == names
    told = [one.value for one in (*app.success, *app.warning, *app.error, *app.info)]
    assert all(any(f"**{name}" in text.replace("\\", "") for text in told) for name in names[1:])
    assert any("200 examples of the test split" in one.value for one in app.caption)
    labelled(app.segmented_control, "Split").set_value("train").run()
    assert any("900 examples of the train split" in one.value for one in app.caption)
    texts = [one.value for one in app.text]
    assert "in train" in texts and "in test" not in texts
