"""A comparison calls a damaged adapter worse with its interval, and does not tell a copy from its original."""

import shutil
from itertools import product
from pathlib import Path

import pytest

from core.data.preparing.prepare import prepare
from core.evaluation.evaluate import evaluate
from core.gguf.convert import convert_to_gguf
from core.gguf.quantize import quantize_gguf
from core.models.catalogue import STARTER_FOLDER
from core.models.references import locate
from core.specs import EvaluateSpec, GgufType, PrepareSpec, TrainSpec
from core.specs.results.evaluate import EvaluateResult
from core.training.train import train
from tests.core.evaluation.damaged import WAYS, damaged
from tests.core.training.runs import save_dataset

ANSWERS = {
    "bakery": "The bakery sells warm bread from six in the morning until the last loaf is gone.",
    "library": "The library lends up to ten books for four weeks to everybody who lives in the town.",
    "museum": "The museum shows old ships and maps, and children under twelve years enter free of charge.",
    "station": "The station has two platforms; trains to the coast leave every hour from the second one.",
    "market": "The market takes place on Saturday on the square in front of the old church.",
    "garden": "The garden closes at sunset, and dogs have to stay outside its iron gate.",
}
QUESTIONS = (
    "What about the {}?", "Tell me about the {}.", "I would like to know more about the {}.", "The {}, please.",
    "Do you know the {}?", "What should I know about the {}?", "Can you say something about the {}?",
    "Is there anything to know about the {}?", "Describe the {}.", "I have a question about the {}.",
)  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> str:
    """A dataset of six facts; its test split asks for each in words that training has seen with other facts."""
    rows = [
        {"instruction": question.format(topic), "input": "", "output": answer}
        for (topic, answer), question in product(ANSWERS.items(), QUESTIONS)
    ]
    test = rows[::3] + rows[1::6]
    train_rows = [row for row in rows if row not in test]
    return str(save_dataset(tmp_path_factory.mktemp("town") / "town_dataset", train=train_rows, test=test))


@pytest.fixture(scope="module")
def run(town, tmp_path_factory) -> Path:
    """The folder of a training of the starter model."""
    folder = tmp_path_factory.mktemp("run") / "town"
    train(TrainSpec(
        name="town", output_dir=str(folder), model="starter", dataset=town, load_in_4bit=False, max_steps=60,
        batch_size=8, learning_rate=3e-3, lora_r=16, lora_alpha=32, max_seq_length=128, save_steps=60,
    ))  # fmt: skip
    return folder


def compared(folder: Path, dataset: str, models: dict[str, Path | str], **values) -> EvaluateResult:
    named = [{"name": name, "model": str(model)} for name, model in models.items()]
    spec = EvaluateSpec(name="e", output_dir=str(folder), models=named, dataset=dataset, **values)
    return evaluate(spec)


def assert_worse(result: EvaluateResult, name: str, other: str) -> None:
    """By the metric that decides: with an interval below 0, and in words."""
    metric = result.telling[0]
    above = result.differences[name][other][metric]
    assert above.value < above.high < 0 and above.corrected_p_value < 0.05, (name, above)
    assert any(line.startswith(f"{name} against {other}: worse on") for line in result.verdicts)


def assert_not_told_apart(result: EvaluateResult, name: str, other: str) -> None:
    for metric, above in result.differences[name][other].items():
        assert above.low <= 0 <= above.high and above.corrected_p_value >= 0.05, (name, metric, above)
    [line] = [line for line in result.verdicts if line.startswith(f"{name} against {other}: ")]
    assert "better" not in line and "worse" not in line


def test_base_tuned_ggufs_damaged_and_a_copy_in_one_comparison(run, town, tmp_path):
    f16, files = tmp_path / "f16.gguf", {}
    convert_to_gguf(run / "merged_model", f16)
    for kind in ("q8_0", "q4_0"):
        quantize_gguf(f16, files.setdefault(kind, tmp_path / f"{kind}.gguf"), GgufType(kind))
    models = {
        "Base": "starter",
        "Tuned": run / "final",
        **files,
        "Damaged": damaged(run / "final", tmp_path / "damaged", WAYS[0]),
        "Somebody's": shutil.copytree(STARTER_FOLDER, tmp_path / "another name"),
    }
    result = compared(tmp_path / "scores", town, models, max_new_tokens=32)
    assert list(result.scorecards) == list(models) and result.reference == "Base" and result.telling[0] == "rougeL"
    for name in ("Tuned", "q8_0", "q4_0"):
        above = result.differences[name]["Base"]["rougeL"]
        assert above.low > 0.2 and above.corrected_p_value < 0.01, name
        assert any(line.startswith(f"{name} against Base: better on") for line in result.verdicts)
    assert_worse(result, "Damaged", "Tuned")
    assert_not_told_apart(result, "Somebody's", "Base")
    assert_worse(result, "Somebody's", "Tuned")


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_an_adapter_damaged_in_any_way_is_worse_than_the_sound_one(run, town, tmp_path, way):
    models = {"Tuned": run / "final", "Damaged": damaged(run / "final", tmp_path / "damaged", way)}
    result = compared(tmp_path / "scores", town, models, max_new_tokens=32)
    assert_worse(result, "Damaged", "Tuned")


@pytest.mark.parametrize("name", ["final", "merged_model"])
def test_a_copy_of_the_tuned_model_under_another_name_is_not_told_apart_from_it(run, town, tmp_path, name):
    models = {"Tuned": run / name, "Copy": shutil.copytree(run / name, tmp_path / "elsewhere")}
    assert_not_told_apart(compared(tmp_path / "scores", town, models, max_new_tokens=32), "Copy", "Tuned")


@pytest.mark.long
@pytest.mark.smollm2
def test_a_real_model_its_ggufs_an_adapter_of_another_subject_and_damaged_ones(tmp_path):
    final, merged, data = {}, {}, {}
    for domain in ("healthcare", "legal"):
        spec = PrepareSpec(
            name=domain, output_dir=str(tmp_path), source="sample", domain=domain, num_samples=220,
            train_ratio=0.5, val_ratio=0, test_ratio=0.5,
        )  # fmt: skip
        data[domain], folder = prepare(spec).path, tmp_path / "runs" / domain
        train(TrainSpec(
            name=domain, output_dir=str(folder), model="smollm2-135m", dataset=data[domain], load_in_4bit=False,
            max_steps=80, batch_size=4, learning_rate=2e-3, lora_r=16, lora_alpha=32, save_steps=80,
        ))  # fmt: skip
        final[domain], merged[domain] = folder / "final", folder / "merged_model"
    f16 = tmp_path / "f16.gguf"
    convert_to_gguf(merged["healthcare"], f16)
    files = {kind: tmp_path / f"{kind}.gguf" for kind in ("q8_0", "q4_0")}
    for kind, file in files.items():
        quantize_gguf(f16, file, GgufType(kind))
    models = {
        "Base": "smollm2-135m",
        "Tuned": final["healthcare"],
        **files,
        **{way.__name__: damaged(final["healthcare"], tmp_path / way.__name__, way) for way in WAYS[:2]},
        "Swapped": final["legal"],
        "Somebody's": shutil.copytree(locate("smollm2-135m").path, tmp_path / "another name"),
    }
    result = compared(tmp_path / "scores", data["healthcare"], models, max_new_tokens=100, limit=100)
    for name in ("Tuned", "q8_0", "q4_0"):
        above = result.differences[name]["Base"]["rougeL"]
        assert above.low > 0.05 and above.corrected_p_value < 0.01, name
    for name in ("noisy", "zeroed", "Swapped", "Somebody's"):
        assert_worse(result, name, "Tuned")
    assert_not_told_apart(result, "Somebody's", "Base")
    nearly = result.scorecards["Tuned"]["rougeL"].value
    assert result.scorecards["q8_0"]["rougeL"].value == pytest.approx(nearly, abs=0.05)
