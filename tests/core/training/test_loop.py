"""The arithmetic of a step: its loss, its learning rate."""

import numpy as np
import pytest
import torch

from core.models.loading import load_model
from core.models.references import locate
from core.training.batches import packed, padded
from core.training.examples import TokenizedExample
from core.training.loop import answer_loss, count_steps, learning_rate_of
from core.training.packing import pack
from tests.core.training.runs import changed

_CPU = torch.device("cpu")


def test_the_loss_is_that_of_the_answer_tokens_alone(tiny_model):
    model = load_model(locate(str(tiny_model)))
    batch = [TokenizedExample(np.arange(10, 22), 5), TokenizedExample(np.arange(30, 38), 6)]
    expected = 0.0
    for example in batch:  # one by one, unpadded, over all logits
        ids = torch.from_numpy(example.ids)[None]
        scores = torch.log_softmax(model(ids).logits[0, :-1], -1)
        each = -scores[torch.arange(len(example.ids) - 1), ids[0, 1:]]
        expected += each[example.prompt_tokens - 1 :].sum().item()
    assert answer_loss(model, padded(batch, _CPU)).item() == pytest.approx(expected, rel=1e-5)
    assert pack(model)
    assert answer_loss(model, packed(batch, _CPU)).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("epochs", "steps"), [(1.1, 110), (2.2, 220), (0.57, 57), (0.1 + 0.2, 30), (1.101, 111), (3, 300), (1e-9, 1)]
)
def test_floating_point_adds_no_step(spec, epochs, steps):
    assert count_steps(changed(spec, epochs=epochs, batch_size=1, gradient_accumulation_steps=1), 100) == steps


def test_floating_point_adds_no_step_of_warm_up(spec):
    spec = changed(spec, learning_rate=1.0, warmup_ratio=0.07)  # 0.07 × 100 is 7.000000000000001
    assert learning_rate_of(6, 100, spec) == 1.0


def test_the_learning_rate_warms_up_and_comes_down(spec):
    spec = changed(spec, learning_rate=1.0, warmup_ratio=0.1)
    rates = [learning_rate_of(step, 100, spec) for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and rates[9] == rates[10] == 1.0
    assert rates[55] == pytest.approx(0.5) and rates[99] < 0.01
    assert all(later <= earlier for earlier, later in zip(rates[10:], rates[11:], strict=False))
    assert learning_rate_of(55, 100, changed(spec, lr_scheduler="constant")) == 1.0
    assert learning_rate_of(55, 100, changed(spec, lr_scheduler="linear")) == pytest.approx(0.5)


def test_a_part_of_an_epoch_counts_as_whole_steps(spec):
    assert count_steps(spec, 10) == 6
    assert count_steps(changed(spec, epochs=0.5), 10) == 2
