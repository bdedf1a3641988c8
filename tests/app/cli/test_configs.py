"""The configurations in docs/configs are taken by their commands as they are."""

import json
from pathlib import Path

import pytest

from app.cli import main
from app.cli.arguments import build_parser
from app.cli.evaluation.reports import thresholds_in
from app.cli.values import compared_models, given_values
from app.data.start_preparing import start_preparing
from app.evaluation.start_evaluating import start_evaluating
from app.serve.deployments import start_deployment
from app.training.equivalents import read_training_yaml
from app.training.start_training import start_training
from storage.actors import OWNER
from tests.app.working import work_off

CONFIGS = Path(__file__).resolve().parents[3] / "docs" / "configs"


def values(command: str, config: str, *flags: str) -> dict:
    return given_values(build_parser().parse_args([command, "--config", str(CONFIGS / config), *flags]))


@pytest.fixture
def dataset(here, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return work_off(start_preparing(OWNER, source="sample", domain="healthcare", num_samples=30, name="healthcare"))


@pytest.fixture
def trained(tmp_path):
    """Where the training of the first configuration leaves its merged model."""
    model = tmp_path / "outputs" / "healthcare" / "merged_model"
    model.mkdir(parents=True)
    (model / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (model / "model.safetensors").touch()
    return model


def test_the_training_is_taken_by_the_command_and_by_the_form(dataset, tmp_path):
    job = start_training(OWNER, **values("train", "training.yaml"))
    assert job.output_dir == str(tmp_path / "outputs" / "healthcare")
    assert (job.spec["dataset"], job.spec["learning_rate"], job.spec["epochs"]) == (dataset["path"], 3e-3, 2)
    read = read_training_yaml((CONFIGS / "training.yaml").read_text())
    assert {name: job.spec[name] for name in read} == read | {"dataset": dataset["path"]}


def test_the_sweep_is_taken(dataset, capsys):
    assert main(["sweep", "--config", str(CONFIGS / "sweep.yaml"), "--preview", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == 6


def test_the_evaluation_is_taken(dataset, trained):
    job = start_evaluating(OWNER, **values("evaluate", "evaluation.yaml"))
    assert (job.spec["model"], job.spec["dataset"], job.spec["nearest"]) == (str(trained.parent), dataset["path"], True)


def test_the_comparison_is_taken(dataset, trained):
    given = values("evaluate", "comparison.yaml")
    job = start_evaluating(OWNER, **given | {"models": compared_models(given["models"])})
    assert [one["name"] for one in job.spec["models"]] == ["Base", "Mine", "Look-up"]
    assert (job.spec["models"][1]["model"], job.spec["splits"]) == (str(trained.parent), ["test", "validation"])


def test_the_api_is_taken(dataset, trained):
    started = start_deployment(OWNER, **values("deploy", "api.yaml", "--port", "0")).deployment
    assert (started.model, started.name, started.host) == (str(trained.parent), "healthcare api", "127.0.0.1")


def test_the_gate_is_taken_and_fits_the_comparison():
    demanded = thresholds_in(str(CONFIGS / "gate.yaml"))
    models = compared_models(values("evaluate", "comparison.yaml")["models"])
    named = {name for one in demanded.thresholds.conditions for name in (one.model, one.other) if name}
    assert named <= {one["name"] for one in models} and demanded.lines[0] == 10
