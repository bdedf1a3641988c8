"""The documented chain of commands: each is given the folder that the last one wrote."""

import json

import pytest

from app.models.find_model import find_model
from app.models.model_list import models
from app.plumbing.studio import store
from core.data.store.datasets import read_split
from core.manifests import verify_manifest
from core.specs import SCORE_NAMES, ArtifactKind, Split
from storage.actors import OWNER
from storage.artifacts import get_artifact, list_artifacts

DATASET = "data/processed/healthcare_dataset"


@pytest.fixture(scope="module")
def trained(shell, prepared):
    return shell.json(
        "train", "--model-name", "starter", "--dataset-path", DATASET, "--epochs", "2", "--save-steps", "3",
        "--eval-steps", "3", "--output-dir", "models/run1",
    )  # fmt: skip


@pytest.mark.long
def test_train_leaves_adapter_checkpoints_and_merged_model(shell, trained):
    run = shell.folder / "models/run1"
    assert trained["adapter"] == str(run / "final")
    assert trained["merged_model"] == str(run / "merged_model")
    for name in ("adapter_config.json", "adapter_model.safetensors", "training_config.json", "trainer_state.json"):
        assert (run / "final" / name).is_file(), name
    assert json.loads((run / "final/training_config.json").read_text())["epochs"] == 2
    for folder in ("final", "merged_model", "checkpoint-6"):
        verify_manifest(run / folder)
    assert trained["last_validation_loss"] < trained["first_validation_loss"]


@pytest.mark.long
def test_a_model_path_may_be_any_part_of_a_run(shell, trained, typed_here):
    for part in ("", "/final", "/merged_model", "/checkpoint-6"):
        assert find_model(OWNER, f"models/run1{part}").reference == str(shell.folder / f"models/run1{part}")
    run = next(model for model in models(OWNER) if model["kind"] == "adapter")
    assert (
        find_model(OWNER, run["id"]).reference
        == find_model(OWNER, run["job_id"]).reference
        == str(shell.folder / "models/run1")
    )
    assert run["label"] == "run1"
    rows = read_split(str(shell.folder / DATASET), Split.TEST)
    held_out = ("\n".join(filter(None, (row["instruction"], row["input"]))) for row in rows)
    assert get_artifact(store(), OWNER, run["id"]).facts["questions"] == list(dict.fromkeys(held_out))[:3]


@pytest.mark.long
def test_evaluate_scores_base_and_tuned_on_the_same_examples(shell, trained):
    scored = shell.json(
        "evaluate", "--model-path", "models/run1", "--dataset-path", DATASET, "--split", "test",
        "--max-new-tokens", "24", "--output-dir", "results",
    )  # fmt: skip
    assert scored["examples"] == 3
    for card in (scored["scorecards"]["base"], scored["scorecards"]["tuned"]):
        assert {"bits_per_byte", "rougeL", "chrf", "ended"} <= set(card) <= set(SCORE_NAMES)
    assert scored["scorecards"]["tuned"]["loss"]["value"] < scored["scorecards"]["base"]["loss"]["value"]
    for name in ("metrics.json", "predictions.json", "evaluation_report.txt", "evaluation_report.html"):
        assert (shell.folder / "results" / name).stat().st_size


@pytest.mark.long
def test_quantize_writes_ggufs_that_the_next_command_accepts(shell, trained, typed_here):
    made = shell.json(
        "quantize", "--model-path", "models/run1", "--quantization-types", "q4_k_m", "q8_0",
        "--output-dir", "quantized", "--test-generation",
    )  # fmt: skip
    assert sorted(path.name for path in (shell.folder / "quantized").glob("*.gguf")) == [
        "model-q4_k_m.gguf",
        "model-q8_0.gguf",
    ]
    assert (shell.folder / "quantized/quantization_metrics.json").is_file()
    for gguf in made["gguf"].values():
        assert gguf["parity"]["passed"]
        assert gguf["answer"]
    assert find_model(OWNER, "quantized/model-q4_k_m.gguf").label == "quantized q4_k_m"
    adapter, *ggufs = (
        one for kind in (ArtifactKind.ADAPTER, ArtifactKind.GGUF) for one in list_artifacts(store(), OWNER, kind=kind)
    )
    assert len(ggufs) == 2 and all(one.facts["questions"] == adapter.facts["questions"] for one in ggufs)
    again = shell.run("quantize", "--model-path", "models/run1", "--quantization-types", "q8_0",
                      "--output-dir", "quantized")  # fmt: skip
    assert again.returncode == 1
    assert "model-q8_0.gguf already exists" in again.stderr


@pytest.mark.long
def test_the_demo_runs_every_step(shell):
    told = shell.json("demo", "--model", "starter")
    assert told["dataset"] == {"train": 80, "validation": 10, "test": 10, "duplicates": 0}
    assert {"loss", "accuracy", "rougeL", "bleu"} <= set(told["base"]) & set(told["tuned"])
    assert told["model"] == "starter" and told["exam"]["examples"] >= 100
    assert set(told["exam"]["differences"]) == {"base", "nearest"} and told["exam"]["verdict"]
    assert all(above["low"] < above["value"] < above["high"] for above in told["exam"]["differences"].values())
    assert told["exam"]["tuned"]["rougeL"] > told["exam"]["base"]["rougeL"]
    assert told["exam"]["nearest"]["rougeL"] > 0
    assert told["validation_loss"]["best"] < told["validation_loss"]["first"]
    for gguf in told["gguf"].values():
        assert (shell.folder / gguf["path"]).stat().st_size == gguf["bytes"]
        assert gguf["parity"]["passed"]
    assert told["answer"]
    assert set(told["seconds"]) == {"prepare", "train", "evaluate", "exam", "export"}


@pytest.mark.long
@pytest.mark.smollm2
def test_the_demo_of_a_real_model_beats_the_look_up(shell):
    told = shell.json("demo", "--model", "smollm2-135m")
    assert told["exam"]["tuned"]["rougeL"] >= 0.4
    assert told["exam"]["examples"] >= 100
    assert all(above["low"] > 0 for above in told["exam"]["differences"].values())
    assert "right or close" in told["exam"]["verdict"]
    assert told["validation_loss"]["best"] < told["validation_loss"]["first"]
    assert 5 < len(told["answer"].split()) < 90
