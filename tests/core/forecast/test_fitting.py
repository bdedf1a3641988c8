"""A base's weights are held in 16 bits for training if they fit, otherwise in 4, with the reason."""

import pytest

from core.errors import NotFoundError
from core.forecast.fitting import weights_to_train
from core.machine import Machine


@pytest.mark.parametrize(
    ("reference", "memory", "gpu", "four_bit"),
    [
        ("smollm2-135m", 8e9, 0, False),
        ("mistral-7b", 12e9, 0, True),
        ("mistral-7b", 24e9, 80e9, False),
        ("mistral-7b", 64e9, 12e9, True),
        ("someone/their-model", 24e9, 0, True),
    ],
)
def test_sixteen_bits_are_chosen_if_they_fit(reference, memory, gpu, four_bit):
    weights = weights_to_train(reference, Machine(int(memory), int(gpu)))
    assert weights.four_bit == four_bit
    assert weights.reason.endswith(".")


def test_a_folder_is_judged_by_the_size_of_its_files(tiny_model):
    assert not weights_to_train(str(tiny_model), Machine(4_000_000_000, 0)).four_bit
    assert weights_to_train(str(tiny_model), Machine(500_000_000, 0)).four_bit
    with pytest.raises(NotFoundError):
        weights_to_train("/nowhere/at/all", Machine(4_000_000_000, 0))
