"""Settings become a command and a YAML that mean the same, and YAML becomes settings, or says which key is wrong."""

import shlex

import pytest

from app.cli.arguments import build_parser
from app.cli.values import given_values
from app.training.equivalents import command_line, form_yaml, read_training_yaml, training_yaml
from core.errors import InputError
from core.specs import JobKind, TrainSpec, parse_spec
from core.specs.results.run_record import RunRecord

VALUES = {
    "model": "org/base", "dataset": "/data/ill rows_dataset", "epochs": 1.5, "learning_rate": 1e-5, "lora_r": 8,
    "load_in_4bit": False, "lora_targets": ("q_proj", "v_proj"), "merge_adapters": True, "name": "my run",
}  # fmt: skip


def test_the_yaml_is_taken_by_the_command_and_by_the_form(tmp_path):
    config = tmp_path / "train.yaml"
    config.write_text(training_yaml(VALUES))
    given = given_values(build_parser().parse_args(["train", "--config", str(config)]))
    typed = parse_spec(JobKind.TRAIN, given | {"output_dir": "/x"})
    assert typed == TrainSpec(**VALUES, output_dir="/x")
    read = read_training_yaml(config.read_text())
    assert TrainSpec(**read, output_dir="/x") == typed


def test_the_command_means_the_same():
    defaults = {"epochs": 3.0, "learning_rate": 1e-5, "merge_adapters": True}
    line = command_line("quick", VALUES, defaults)
    assert "learning-rate" not in line and "merge" not in line
    given = given_values(build_parser().parse_args(shlex.split(line)[3:]))
    assert given.pop("preset") == "quick"
    expected = {name: value for name, value in VALUES.items() if name not in ("learning_rate", "merge_adapters")}
    assert given == expected | {"lora_targets": ["q_proj", "v_proj"]}
    assert read_training_yaml(form_yaml("quick", VALUES, defaults)) == given | {"preset": "quick"}


def test_every_setting_has_a_flag():
    shown = TrainSpec.model_fields.keys() - {"spec_version", "artifact_ids", "load_in_4bit"}
    defaults = {name: TrainSpec.model_fields[name].default for name in shown}
    given = {name: 1 if value is None else value for name, value in defaults.items()}
    named = {"name": "n", "output_dir": "o", "dataset": "d", "load_in_4bit": False, "gradient_checkpointing": True}
    line = command_line("quick", given | named, {})
    parsed = given_values(build_parser().parse_args(shlex.split(line)[3:]))
    assert shown - parsed.keys() == set()


def test_a_run_record_is_a_configuration_once_its_environment_is_left_out():
    record = RunRecord(**VALUES, output_dir="/x", versions={"torch": "2"})
    assert TrainSpec(**read_training_yaml(training_yaml(record.spec.model_dump())), output_dir="/x") == record.spec


def test_a_preset_may_be_named():
    assert read_training_yaml("preset: quick\nlora-r: 4\nmodel-name: starter") == {
        "preset": "quick", "lora_r": 4, "model": "starter",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lora_rank: 4", r"'lora_rank'"),
        ("epoch: 4", r"'epoch' \(did you mean 'epochs'\?\)"),
        ("epochs: -1", "epochs: Input should be greater than 0"),
        ("epochs: many", "epochs"),
        ("artifact_ids: {}", "'artifact_ids'"),
        ("preset: slow", "'slow'"),
        ("- a", "has no settings"),
        ("epochs: [", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(text, words):
    with pytest.raises(InputError, match=words) as refused:
        read_training_yaml(text)
    assert refused.value.remedy
