"""Exams ask nothing that a training split contains."""

import pytest

from core.data.store.datasets import read_split
from core.errors import InputError
from tests.core.data.conftest import prepare_samples, question


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A dataset with 3,000 of the domain's questions: many of an exam's would be among them."""
    return prepare_samples(tmp_path_factory.mktemp("taught"), num_samples=3000)["path"]


@pytest.mark.long
def test_an_exam_asks_nothing_from_the_training_split(tmp_path, taught):
    exam = prepare_samples(
        tmp_path, name="exam", num_samples=200, seed=7, train_ratio=0, val_ratio=0, test_ratio=1, exclude_dataset=taught
    )
    assert exam["splits"] == {"test": 200}
    assert sum(exam["dropped"].values()) > 20
    known = {question(example) for example in read_split(taught, "train")}
    asked = list(read_split(exam["path"], "test"))
    assert len(asked) == 200
    assert not known & {question(example) for example in asked}
    instructions = {example["instruction"].casefold() for example in read_split(taught, "train")}
    assert not instructions & {example["input"].casefold() for example in asked if len(example["input"].split()) > 3}


@pytest.mark.long
def test_an_exam_larger_than_what_is_left_is_refused_with_the_number_left(tmp_path, taught):
    with pytest.raises(InputError, match=r"Only \d+ samples") as caught:
        prepare_samples(tmp_path, name="exam", num_samples=9000, seed=7, exclude_dataset=taught)
    assert "or fewer" in caught.value.remedy
