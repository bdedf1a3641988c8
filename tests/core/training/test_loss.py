"""The summed loss: PyTorch's own value and gradient, in less memory."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from core.training import loss as loss_module
from core.training.loss import NO_LOSS, summed_loss


def _batch(dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits 2 × 30 × 101 and labels, a fifth of which do not count."""
    random = torch.Generator().manual_seed(1)
    logits = (5 * torch.randn(2, 30, 101, generator=random)).to(dtype).requires_grad_()
    labels = torch.randint(0, 101, (2, 30), generator=random)
    return logits, labels.where(torch.rand(2, 30, generator=random) > 0.2, NO_LOSS)


def _expected(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return cross_entropy(logits.float().flatten(0, 1), labels.flatten(), ignore_index=NO_LOSS, reduction="sum")


@pytest.mark.parametrize("block", [1, 7 * 101, 1 << 20])  # a row, seven rows that leave a rest, all at once
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_value_and_gradient_are_those_of_cross_entropy(block, dtype, monkeypatch):
    monkeypatch.setitem(loss_module._BLOCK, "cpu", block)
    logits, labels = _batch(dtype)
    (_expected(logits, labels) / 7).backward()
    wanted, logits.grad = logits.grad, None
    found = summed_loss(logits, labels)
    (found / 7).backward()
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(_expected(logits, labels).item(), rel=1e-6)
    assert logits.grad.dtype == dtype
    precision = 1e-5 if dtype == torch.float32 else 2**-7
    torch.testing.assert_close(logits.grad, wanted, rtol=precision, atol=precision / 100)


def test_a_batch_without_anything_learned_costs_nothing():
    logits, labels = _batch()
    summed_loss(logits, torch.full_like(labels, NO_LOSS)).backward()
    assert not logits.grad.any()


def test_a_logit_that_is_no_number_is_seen_in_the_loss():
    logits, labels = _batch()
    with torch.no_grad():
        logits[0, 0, 0], labels[0, 0] = torch.nan, 3
    assert summed_loss(logits, labels).isnan()


def test_what_is_not_learned_may_be_anything():
    logits, labels = _batch()
    with torch.no_grad():
        logits[labels == NO_LOSS] = torch.nan
    loss = summed_loss(logits, labels)
    loss.backward()
    assert loss.isfinite() and logits.grad.isfinite().all()


def test_validation_keeps_no_gradient():
    logits, labels = _batch()
    with torch.no_grad():
        assert not summed_loss(logits, labels).requires_grad
