"""A training's settings fit its method, or are refused in words; a method names the data that it learns from."""

import pytest

from core.errors import InputError
from core.shape import Shape
from core.specs import JobKind, TrainSpec, parse_spec
from core.specs.train import methods_for, unfit_shape
from core.training.by_method import for_method
from core.training.presets import PRESETS

_GIVEN = {"name": "run", "output_dir": "/runs/run", "dataset": "/datasets/rows"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"method": "dpo", "prompt_dropout": 0.2}, "prompt_dropout works with method sft only"),
        ({"method": "kto", "train_on": "last_answer"}, "train_on is a setting of method sft"),
        ({"train_on": "everything", "prompt_dropout": 0.2}, "questions with missing words"),
        ({"method": "dpo", "beta": 0.0}, "beta"),
        ({"method": "ppo"}, "method"),
    ],
)
def test_settings_that_do_not_fit_the_method_are_refused(settings, words):
    with pytest.raises(InputError, match=words):
        parse_spec(JobKind.TRAIN, _GIVEN | settings)


def test_beta_is_the_methods_own_unless_given():
    def penalty(method, **given):
        return TrainSpec(**_GIVEN, method=method, **given).penalty

    assert [penalty(method) for method in ("dpo", "orpo", "kto", "simpo")] == [0.1, 0.1, 0.1, 2.0]
    assert penalty("grpo", rewards=("ends",)) == 0.04
    assert penalty("simpo", beta=0.5) == 0.5


@pytest.mark.parametrize("method", ["pretrain", "dpo", "orpo", "kto", "simpo", "grpo"])
@pytest.mark.parametrize("preset", ["starter", "smollm2-135m"])
def test_a_presets_settings_fit_every_method(preset, method):
    settings = for_method(PRESETS[preset], method)
    settings |= {"rewards": ("ends",)} if method == "grpo" else {}
    assert TrainSpec(**_GIVEN, method=method, **settings).learning_rate <= PRESETS[preset]["learning_rate"]


def test_each_shape_has_its_methods_and_others_are_refused_with_them():
    assert methods_for(Shape.INSTRUCTION) == methods_for(Shape.CHAT) == ["sft", "grpo"]
    assert methods_for(Shape.PREFERENCE) == ["sft", "dpo", "orpo", "kto", "simpo"]
    assert methods_for(Shape.FEEDBACK) == ["sft", "kto"] and methods_for(Shape.TEXT) == ["pretrain", "sft"]
    message, remedy = unfit_shape("dpo", Shape.FEEDBACK)
    assert "pairs of a better and a worse answer" in message and "sft, kto" in remedy
