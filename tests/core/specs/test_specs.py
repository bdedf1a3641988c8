"""Specs refuse what cannot be meant, in words that name the field."""

import pytest

from core.errors import InputError
from core.specs import JobKind, parse_spec

TRAIN = {"name": "run", "output_dir": "/tmp/run", "dataset": "/tmp/data"}
SAMPLE = {"name": "set", "output_dir": "/tmp/data", "source": "sample", "domain": "healthcare", "num_samples": 5}
WRITE = {"name": "set", "output_dir": "/tmp/data", "documents": ("a.txt",)}


def test_a_spec_survives_its_own_json():
    spec = parse_spec(JobKind.TRAIN, TRAIN)
    assert parse_spec(JobKind.TRAIN, spec.model_dump(mode="json")) == spec


@pytest.mark.parametrize(
    ("values", "four_bit"),
    [({}, True), ({"tuning": "full"}, False), ({"load_in_8bit": True}, False), ({"load_in_8bit": False}, True)],
)
def test_weights_are_in_4_bits_unless_that_is_excluded(values, four_bit):
    assert parse_spec(JobKind.TRAIN, TRAIN | values).load_in_4bit == four_bit


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        (JobKind.TRAIN, TRAIN | {"epochs": 0}, "epochs"),
        (JobKind.TRAIN, TRAIN | {"learning_rate": "fast"}, "learning_rate"),
        (JobKind.TRAIN, TRAIN | {"colour": "red"}, "colour"),
        (JobKind.TRAIN, TRAIN | {"name": "../x"}, "name"),
        (JobKind.TRAIN, TRAIN | {"name": "a\x00b"}, "name"),
        (JobKind.TRAIN, TRAIN | {"name": "a..b"}, "name"),
        (JobKind.TRAIN, TRAIN | {"name": "a\\b"}, "name"),
        (JobKind.TRAIN, {"name": "run"}, "dataset"),
        (JobKind.TRAIN, TRAIN | {"tuning": "full", "load_in_4bit": True}, "load_in_4bit: full fine-tuning changes"),
        (JobKind.TRAIN, TRAIN | {"tuning": "full", "load_in_8bit": True}, "load_in_8bit: full fine-tuning changes"),
        (JobKind.TRAIN, TRAIN | {"load_in_4bit": True, "load_in_8bit": True}, "load_in_8bit: hold the weights"),
        (JobKind.TRAIN, TRAIN | {"keep": "last", "early_stopping_patience": 3}, "early_stopping_patience: early"),
        (JobKind.PREPARE, SAMPLE | {"num_samples": -5}, "num_samples"),
        (JobKind.PREPARE, SAMPLE | {"train_ratio": 0.9}, "add up to 1"),
        (JobKind.PREPARE, SAMPLE | {"min_words": 9, "max_words": 3}, "min_words"),
        (JobKind.PREPARE, SAMPLE | {"source": "file"}, "input_file"),
        (JobKind.SYNTHESIZE, WRITE | {"documents": ()}, "documents"),
        (JobKind.SYNTHESIZE, WRITE | {"task": "paraphrase"}, "dataset"),
        (JobKind.SYNTHESIZE, WRITE | {"task": "translate", "dataset": "d"}, "language"),
        (JobKind.SYNTHESIZE, WRITE | {"budget_usd": 1}, "usd_per_million_tokens"),
        (JobKind.SYNTHESIZE, WRITE | {"val_ratio": 0.5}, "add up to 1"),
        (JobKind.EXPORT, {"name": "x", "output_dir": "/tmp", "model": "starter", "types": ["q9_z"]}, "types"),
        (JobKind.EXPORT, {"name": "x", "output_dir": "/tmp", "model": "starter", "types": []}, "at least one"),
    ],
)
def test_what_is_wrong_is_named(kind, values, said):
    with pytest.raises(InputError, match=said) as refused:
        parse_spec(kind, values)
    assert refused.value.remedy


def test_what_a_spec_names_is_found_and_can_be_moved():
    values = {"name": "x", "output_dir": "/a/x", "models": ("/a/run", "starter"), "base_model": "/a/base"}
    spec = parse_spec(JobKind.BENCHMARK, values)
    assert spec.named_paths() == {"/a/run", "/a/base"}
    moved = spec.relocated({"/a/run": "/b/run", "/a/x": "/b/x"})
    assert moved == spec.model_copy(update={"models": ("/b/run", "starter")})
