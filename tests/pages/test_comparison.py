"""The Evaluate page for any number of models: choosing and naming them, a file of examples, and what came out."""

import json
from pathlib import Path

import pytest

from app.data.start_preparing import start_preparing
from app.data.uploads import store_upload
from app.jobs.queries import jobs
from core.specs import JobKind
from storage.actors import OWNER
from tests.app.working import work_off
from tests.compared import NAMES, a_comparison, tuned
from tests.framed import framed
from tests.pages.test_forms import labelled


@pytest.fixture
def dataset() -> dict:
    return work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=30, name="law"))


@pytest.fixture
def models(dataset) -> dict[str, tuple[str, str]]:
    """The ids and references of two adapters on the starter model, by name."""
    return {name: tuned(name, dataset["path"]) for name in ("first", "second")}


def field(app, label: str):
    return labelled(app.text_input, label)


def test_models_are_compared_under_the_persons_names(models):
    app = framed("evaluate", model=models["first"][0])
    labelled(app.multiselect, "Compare with further models").set_value([models["second"][0]]).run()
    assert [field(app, f"Name for {name}").value for name in ("starter", "first", "second")]
    field(app, "Name for second").set_value("first").run()
    assert "a name of its own" in app.error[0].value and labelled(app.button, "Evaluate").disabled
    field(app, "Name for second").set_value("Longer training").run()
    labelled(app.button, "Evaluate").click().run()
    spec = jobs(OWNER, JobKind.EVALUATE)[0].spec
    assert [one["name"] for one in spec["models"]] == ["starter", "first", "Longer training", "Look-up"]
    assert spec["models"][2]["model"] == models["second"][1] and spec["models"][3]["look_up"]
    assert (spec["reference"], spec["model"], spec["splits"]) == ("starter", None, ["test"])


def test_a_model_at_an_api_may_have_the_name_of_a_local_one(models):
    app = framed("evaluate", model=models["first"][0])
    labelled(app.toggle, "Compare with a model at an API").set_value(True).run()
    field(app, "Address").set_value("http://127.0.0.1:9/v1").run()
    field(app, "Model").set_value("starter").run()
    assert not app.exception and "a name of its own" in app.error[0].value
    [_, at_api] = [one for one in app.text_input if one.label == "Name for starter"]
    at_api.set_value("Theirs").run()
    labelled(app.button, "Evaluate").click().run()
    spec = jobs(OWNER, JobKind.EVALUATE)[0].spec
    assert [(one["name"], one["endpoint"] is not None) for one in spec["models"][:3]] == [
        ("starter", False), ("first", False), ("Theirs", True),
    ]  # fmt: skip


def test_a_model_at_an_api_has_nothing_to_do_on_plain_text(models, dataset):
    report = Path(dataset["path"], "data_report.json")
    report.write_text(json.dumps(json.loads(report.read_text()) | {"shape": "text"}))
    app = framed("evaluate", model=models["first"][0])
    labelled(app.toggle, "Compare with a model at an API").set_value(True).run()
    field(app, "Address").set_value("http://127.0.0.1:9/v1").run()
    field(app, "Model").set_value("theirs").run()
    assert "plain text, which asks nothing" in app.error[0].value
    assert labelled(app.button, "Evaluate").disabled


def test_alone_a_model_is_evaluated_beside_its_base_as_before(models):
    app = framed("evaluate", model=models["first"][0])
    labelled(app.button, "Evaluate").click().run()
    spec = jobs(OWNER, JobKind.EVALUATE)[0].spec
    assert (spec["model"], spec["models"], spec["nearest"]) == (models["first"][1], [], True)


def test_a_file_is_asked_instead_of_a_split(models):
    app = framed("evaluate", model=models["first"][0])
    labelled(app.segmented_control, "Examples from").set_value("A file").run()
    assert labelled(app.button, "Evaluate").disabled
    kept = store_upload("exam.csv", [b"question,answer\nWho?,You.\n"])
    app.session_state["typed-evaluate"]["upload"] = {"id": kept["id"], "name": "exam.csv", "bytes": 26}
    app.run()
    labelled(app.button, "Evaluate").click().run()
    spec = jobs(OWNER, JobKind.EVALUATE)[0].spec
    assert spec["test_file"].endswith("exam.csv") and spec["splits"] == []


def test_every_model_has_a_column_and_a_verdict_and_every_split_its_table(dataset):
    app = framed("evaluate", job=a_comparison(dataset["path"]).id)
    assert not app.exception
    assert [name.replace("\\", "") for name in app.table[0].value.columns][1:] == NAMES
    told = [one.value for one in (*app.success, *app.warning, *app.error, *app.info)]
    assert all(any(f"**{name}" in text.replace("\\", "") for text in told) for name in NAMES[1:])
    assert any("200 examples of the test split" in one.value for one in app.caption)
    labelled(app.segmented_control, "Split").set_value("train").run()
    assert any("900 examples of the train split" in one.value for one in app.caption)
    answers = "".join(one.proto.body for one in app.get("html"))
    assert "in train" in answers and "in test" not in answers


def test_models_have_the_names_that_they_were_given_and_a_column_each(dataset):
    names = ["base", "Base model", "nearest", "Metric", "Why", "`x`"]
    speed = {name: {"kind": "gguf", "tokens_per_second": 9.0} for name in names}
    confusions = {"`x`": {"labels": ["yes", "no"], "counts": [[1, 1, 0], [1, 1, 0]]}}
    silent = [{"metric": "bleu", "reason": "because"}]
    job = a_comparison(dataset["path"], names, speed=speed, confusions=confusions, silent=silent)
    app = framed("evaluate", job=job.id)

    def plain(texts) -> list[str]:
        return [text.replace("\\", "").strip() for text in texts]

    scores, silent, speeds, *_ = (one.value for one in app.table)
    assert plain(scores.columns) == ["Metric", *names] and scores["Metric"].iloc[0] == "Right"
    assert plain(silent.columns) == ["Metric", "Why", *names] and "because" in silent["Why"].iloc[0]
    assert plain(speeds["Model"]) == names
    assert [tab.label for tab in app.tabs] == [r"\`x\`"]
