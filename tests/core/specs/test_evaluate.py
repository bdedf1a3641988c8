"""What an evaluation may compare: one model beside its base, or models listed by name."""

import pytest
from pydantic import ValidationError

from core.specs import EvaluateSpec, Split

GIVEN = {"name": "scores", "output_dir": "/out", "dataset": "/d"}
BASE, MINE = {"name": "Base", "model": "starter"}, {"name": "Mine", "model": "/runs/mine"}


def test_models_are_listed_in_the_persons_order_under_any_name():
    server = {"name": "Großes Modell, 4o", "model": "gpt-4o", "endpoint": "https://api.openai.com/v1"}
    spec = EvaluateSpec(models=[MINE, server, {"name": "Look-up", "look_up": True}, BASE], reference="Base", **GIVEN)
    assert [one.name for one in spec.models] == ["Mine", "Großes Modell, 4o", "Look-up", "Base"]


def test_the_first_of_several_splits_is_the_split_of_the_verdict():
    spec = EvaluateSpec(model="starter", splits=["validation", "test"], **GIVEN)
    assert spec.split is Split.VALIDATION
    assert EvaluateSpec.model_validate(spec.model_dump()) == spec


def test_the_paths_of_models_are_named_and_follow_a_move():
    at_a_server = {"name": "Other", "model": "/models/other", "endpoint": "http://127.0.0.1:1/v1"}
    spec = EvaluateSpec(models=[BASE, MINE, at_a_server], **GIVEN)
    assert spec.named_paths() == {"/d", "/runs/mine"}
    moved = spec.relocated({"/runs/mine": "/there/mine", "/d": "/there/d", "/models/other": "/never"})
    assert [one.model for one in moved.models] == ["starter", "/there/mine", "/models/other"]
    assert moved.dataset == "/there/d"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "name the model"),
        ({"model": "starter", "models": [BASE]}, "not both"),
        ({"models": [BASE, MINE], "nearest": True}, "list them in models"),
        ({"models": [BASE, BASE]}, "same name"),
        ({"models": [{"name": "Look-up", "look_up": True}]}, "besides the look-up"),
        ({"models": [BASE], "reference": "Other"}, "none of the models: Base"),
        ({"models": [{"name": "Nothing"}]}, "give a model"),
        ({"models": [{"name": "Both", "model": "starter", "look_up": True}]}, "not both"),
        ({"models": [{"name": "Server", "endpoint": "http://127.0.0.1:1/v1"}]}, "name of the model there"),
        ({"models": [{"name": "two\nlines", "model": "starter"}]}, "one line"),
        ({"model": "starter", "dataset": None}, "name a dataset"),
        ({"model": "starter", "dataset": None, "test_file": "/f.csv", "nearest": True}, "look-up needs a dataset"),
        ({"model": "starter", "test_file": "/f.csv", "splits": ["test"]}, "not both"),
        ({"model": "starter", "splits": ["test", "test"]}, "named twice"),
        ({"model": "starter", "split": "train", "splits": ["test"]}, "first of splits"),
    ],
)
def test_what_cannot_be_compared_is_refused(values, why):
    with pytest.raises(ValidationError, match=why):
        EvaluateSpec(**GIVEN | values)
