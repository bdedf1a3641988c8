"""Settings that need other hardware or a package are refused on their field, with what to choose instead."""

import pytest

from core.errors import InputError
from core.specs import TrainSpec
from core.training import refusals
from core.training.refusals import refuse_unusable


def _spec(**values) -> TrainSpec:
    return TrainSpec(name="run", output_dir="/run", dataset="/data", **values)


@pytest.mark.parametrize(
    ("values", "field", "remedy"),
    [
        ({"optimizer": "paged_adamw"}, "optimizer", "Use adamw."),
        ({"optimizer": "paged_adamw_8bit"}, "optimizer", "Use adamw_8bit."),
        ({"precision": "float16"}, "precision", "Use auto."),
        ({"use_liger": True}, "use_liger", "Switch use_liger off."),
    ],
)
def test_what_needs_a_gpu_is_refused_on_its_field(values, field, remedy):
    with pytest.raises(InputError, match=f" {field}: ") as refused:
        refuse_unusable(_spec(**values), gpu=False)
    assert refused.value.remedy == remedy


def test_liger_needs_its_package(monkeypatch):
    monkeypatch.setattr(refusals, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="not installed"):
        refuse_unusable(_spec(use_liger=True), gpu=True)
    monkeypatch.setattr(refusals, "find_spec", lambda name: object())
    refuse_unusable(_spec(use_liger=True, optimizer="paged_adamw", precision="float16"), gpu=True)


def test_8_bit_moments_work_everywhere():
    refuse_unusable(_spec(optimizer="adamw_8bit"), gpu=False)
