"""Commands and flags as documented, and their values with a configuration file."""

import json

import pytest

from app.cli.arguments import build_parser
from app.cli.values import given_values
from core.errors import InputError


def values(*arguments: str) -> dict:
    return given_values(build_parser().parse_args(arguments))


def test_only_given_flags_become_values():
    assert values("train", "--dataset-path", "d", "--epochs", "3") == {"dataset": "d", "epochs": 3.0}
    assert values("prepare", "--sample", "--domain", "healthcare", "--format", "alpaca") == {
        "source": "sample",
        "domain": "healthcare",
        "shape": "instruction",
    }


def test_several_values_follow_one_flag_or_repeated_flags():
    together = values("quantize", "--model-path", "m", "--quantization-types", "q4_k_m", "q8_0")
    apart = values("quantize", "--model-path", "m", "--quantization-types", "q4_k_m", "--quantization-types", "q8_0")
    assert together == apart == {"model": "m", "types": ["q4_k_m", "q8_0"]}
    columns = values("prepare", "--input-file", "f", "--map", "instruction=q", "output=a=b", "--map", "input=c")
    assert columns["column_map"] == {"instruction": "q", "output": "a=b", "input": "c"}


def test_all_datasets_are_compared_with_unless_some_or_none_are_named():
    assert "compare_with" not in values("prepare", "--sample")
    assert values("prepare", "--sample", "--compare-with")["compare_with"] == []
    assert values("prepare", "--sample", "--compare-with", "exam", "exam@2")["compare_with"] == ["exam", "exam@2"]


def test_cleaning_flags_are_merged():
    cleaning = values(
        "prepare", "--input-file", "f", "--redact-pii", "--languages", "en", "de", "--skip-cleaning", "html", "urls"
    )["cleaning"]
    assert cleaning == {"personal_data": "redact", "languages": ["en", "de"], "html": False, "urls": False}


@pytest.mark.parametrize(("name", "shape"), [("alpaca", "instruction"), ("sharegpt", "chat"), ("text", "text")])
def test_formats_have_their_common_names_too(name, shape):
    assert values("prepare", "--input-file", "f", "--format", name)["shape"] == shape


def test_a_flag_that_is_not_implemented_says_so(capsys):
    with pytest.raises(SystemExit) as refused:
        values("quantize", "--model-path", "m", "--imatrix")
    assert refused.value.code == 2
    assert "comes in a later release" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["prepare"],
        ["prepare", "--sample", "--input-file", "f"],
        ["prepare", "--sample", "--num-samples", "many"],
        ["prepare", "--input-file", "f", "--map", "instruction"],
        ["prepare", "--input-file", "f", "--format", "poem"],
        ["jobs", "explode"],
        ["no-such-command"],
        [],
    ],
)
def test_invalid_arguments_are_refused_with_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as refused:
        values(*arguments)
    assert refused.value.code == 2
    assert "usage: python -m app" in capsys.readouterr().err


def test_flags_override_the_configuration_file(tmp_path):
    config = tmp_path / "train.yaml"
    config.write_text("model-name: org/base\nepochs: 9\nlora_r: 4\nlearning-rate: 1e-3\nlora_targets: [q_proj]\n")
    with_flags = values("train", "--dataset-path", "d", "--config", str(config), "--epochs", "2")
    assert with_flags == {"model": "org/base", "epochs": 2.0, "lora_r": 4, "learning_rate": "1e-3", "dataset": "d",
                          "lora_targets": ["q_proj"]}  # fmt: skip


def test_a_configuration_may_be_json(tmp_path):
    config = tmp_path / "evaluate.json"
    config.write_text(json.dumps({"model_path": "m", "dataset": "d", "split": "validation"}))
    assert values("evaluate", "--config", str(config)) == {"model": "m", "dataset": "d", "split": "validation"}


@pytest.mark.parametrize("text", ["- a\n- b\n", "epochs: [1", "no-such-setting: 1\n", "json: true\n", "help: 1\n", ""])
def test_an_invalid_configuration_file_is_refused_by_name(tmp_path, text):
    config = tmp_path / "bad.yaml"
    config.write_text(text)
    with pytest.raises(InputError, match=r"bad\.yaml"):
        values("train", "--config", str(config))


def test_an_unknown_key_is_named_with_the_nearest_one(tmp_path):
    config = tmp_path / "train.yaml"
    config.write_text("learning_rat: 1e-3\nxyz: 1\n")
    with pytest.raises(InputError, match=r"'learning_rat' \(did you mean 'learning_rate'\?\), 'xyz'"):
        values("train", "--config", str(config))


def test_a_missing_configuration_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        values("train", "--config", str(tmp_path / "nowhere.yaml"))
