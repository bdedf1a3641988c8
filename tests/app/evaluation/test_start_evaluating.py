"""Starting an evaluation: models found and named, files and endpoints checked, before anything is queued."""

import pytest

from app.cli.arguments import build_parser
from app.cli.values import compared_models, given_values
from app.evaluation.evidence import evidence_for
from app.evaluation.judged_models import judged_models
from app.evaluation.start_evaluating import start_evaluating
from app.next_steps import steps_after_evaluation
from core.errors import InputError, NotFoundError
from core.specs import EvaluateSpec, JobKind
from storage.actors import OWNER
from tests.app.working import pretend


def test_models_are_found_and_kept_under_their_names(here, shop):
    models = [{"name": "Base", "model": "starter"}, {"name": "Look-up", "look_up": True}]
    job = start_evaluating(OWNER, models=models, dataset=shop, splits=["test", "train"])
    assert [(one["name"], one["model"], one["look_up"]) for one in job.spec["models"]] == [
        ("Base", "starter", False), ("Look-up", None, True),
    ]  # fmt: skip
    assert (job.spec["model"], job.spec["split"], job.spec["splits"]) == (None, "test", ["test", "train"])


@pytest.mark.parametrize(
    ("model", "error", "says"),
    [
        ({"model": "nowhere"}, NotFoundError, "nowhere"),
        ({"model": "m", "endpoint": "https://elsewhere.example/v1"}, InputError, "not among the servers"),
        ({"model": "m", "endpoint": "http://127.0.0.1:1/v1", "api_key_env": "PATH"}, InputError, "'PATH'"),
        ({}, InputError, "No model was given for Other"),
    ],
)
def test_a_model_that_cannot_be_asked_is_refused(here, shop, model, error, says):
    with pytest.raises(error, match=says):
        start_evaluating(OWNER, models=[{"name": "Other", **model}], dataset=shop)


def test_an_endpoint_has_nothing_to_do_on_plain_text(here, shop):
    (here / "datasets" / "shop_dataset" / "data_report.json").write_text('{"splits": {"test": 9}, "shape": "text"}')
    models = [{"name": "Base", "model": "starter"}, {"name": "GPT", "model": "m", "endpoint": "http://127.0.0.1:9/v1"}]
    with pytest.raises(InputError, match="plain text, which asks nothing") as refused:
        start_evaluating(OWNER, models=models, dataset=shop)
    assert "Leave GPT out" in refused.value.remedy
    assert start_evaluating(OWNER, models=models[:1], dataset=shop).spec["dataset"] == shop


def test_a_test_file_takes_the_place_of_a_dataset(here, tmp_path):
    file = tmp_path / "exam.csv"
    file.write_text("question,answer\nWho?,You.\n")
    job = start_evaluating(OWNER, model="starter", test_file=str(file))
    assert (job.spec["test_file"], job.spec["dataset"]) == (str(file), None)
    with pytest.raises(NotFoundError, match="no file"):
        start_evaluating(OWNER, model="starter", test_file=str(tmp_path / "none.csv"))
    with pytest.raises(NotFoundError, match="no upload"):
        start_evaluating(OWNER, model="starter", upload="0" * 16)


def test_flags_and_files_name_models_alike(tmp_path):
    config = tmp_path / "comparison.yaml"
    config.write_text("models: {Base: starter, GPT: 'https://api.openai.com/v1#gpt-4o', Looked up: look-up}\n")
    flags = ["--models", "Base=starter", "GPT=https://api.openai.com/v1#gpt-4o", "--models", "Looked up=look-up"]
    given = [
        given_values(build_parser().parse_args(["evaluate", *more])) for more in (["--config", str(config)], flags)
    ]
    expected = [
        {"name": "Base", "model": "starter"},
        {"name": "GPT", "endpoint": "https://api.openai.com/v1", "model": "gpt-4o"},
        {"name": "Looked up", "look_up": True},
    ]
    assert [compared_models(values["models"]) for values in given] == [expected, expected]


def test_a_list_in_a_file_may_hold_names_with_their_models(tmp_path):
    listed = [{"Base": "starter"}, {"name": "Mine", "model": "runs/mine"}, {"Looked up": "look-up"}]
    assert compared_models(listed) == [
        {"name": "Base", "model": "starter"},
        {"name": "Mine", "model": "runs/mine"},
        {"name": "Looked up", "look_up": True},
    ]


@pytest.mark.parametrize(
    "given", ["starter", 5, None, ["starter"], {"name": "A", "model": 5}, {"name": "A", "endpoint": []}]
)
def test_what_is_no_model_is_refused_by_name(given):
    with pytest.raises(InputError, match="is not a name and a model"):
        compared_models([given])


def test_each_model_of_a_comparison_has_evidence_of_its_own(here, shop):
    good, bad = str(here / "runs" / "good"), str(here / "runs" / "bad")
    models = [
        {"name": "Base", "model": "starter"},
        {"name": "GPT", "model": bad, "endpoint": "http://127.0.0.1:9/v1"},
        {"name": "Good", "model": f"{good}/final"},
        {"name": "Bad", "model": bad},
    ]
    kinds = ["model", "endpoint", "adapter", "model"]
    spec = EvaluateSpec(name="scores", output_dir=str(here / "runs" / "scores"), models=models, dataset=shop)

    def card(value: float) -> dict:
        return {"accuracy": {"value": value}, "rougeL": {"value": value}, "mean_length": {"value": 1.0}}

    def above(value: float) -> dict:
        score = {"value": value, "low": value - 0.05, "high": value + 0.05}
        return {"accuracy": score, "rougeL": score}

    shares = {"Base": 0.5, "GPT": 0.2, "Good": 0.95, "Bad": 0.1}
    result = {
        "result_version": 2, "reference": "Base", "examples": 200, "split": "test", "labels": False, "speed": None,
        "models": [
            {"kind": kind, "name": one["name"], "model": one["model"]} for kind, one in zip(kinds, models, strict=True)
        ],
        "scorecards": {name: card(share) for name, share in shares.items()},
        "differences": {name: {"Base": above(shares[name] - 0.5)} for name in ("GPT", "Good", "Bad")},
        "seconds": 1.0, "model": "good, bad", "dataset": "shop", "notes": [], "files": [],
    }  # fmt: skip
    job = pretend(JobKind.EVALUATE, spec, result=result)
    assert judged_models(job) == {"Good": good, "Bad": bad}
    assert evidence_for(OWNER, good).name == "Good"
    assert "190 of 200 right" in evidence_for(OWNER, good).verdict.sentence
    assert "20 of 200 right" in evidence_for(OWNER, bad).verdict.sentence
    assert steps_after_evaluation(OWNER, job)[0][:3] == ("Export it to GGUF", "export", {"model": good})
