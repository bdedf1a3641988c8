"""The loss covers the answer tokens only; its value and gradient are PyTorch's own, in less memory."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from core.models.loading import load_model
from core.models.references import locate
from core.training.compute import loss as loss_module
from core.training.compute.loss import NO_LOSS, answer_loss, answer_losses, token_losses
from core.training.compute.packing import pack
from core.training.objectives.batches import packed, padded
from core.training.objectives.examples import TokenizedExample

_CPU = torch.device("cpu")


def _batch(dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits, (2, 30, 101), and labels, a fifth of which are NO_LOSS."""
    random = torch.Generator().manual_seed(1)
    logits = (5 * torch.randn(2, 30, 101, generator=random)).to(dtype).requires_grad_()
    labels = torch.randint(0, 101, (2, 30), generator=random)
    return logits, labels.where(torch.rand(2, 30, generator=random) > 0.2, NO_LOSS)


def _summed(logits: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    losses, hits = token_losses(logits, labels)
    return losses.sum(), hits.sum()


def _expected(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return cross_entropy(logits.float().flatten(0, 1), labels.flatten(), ignore_index=NO_LOSS, reduction="sum")


@pytest.mark.parametrize("block", [1, 7 * 101, 1 << 20])  # a row, seven rows that leave a rest, all at once
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_value_and_gradient_equal_cross_entropys(block, dtype, monkeypatch):
    monkeypatch.setitem(loss_module._BLOCK, "cpu", block)
    logits, labels = _batch(dtype)
    (_expected(logits, labels) / 7).backward()
    wanted, logits.grad = logits.grad, None
    found, hits = _summed(logits, labels)
    (found / 7).backward()
    assert found.dtype == torch.float32
    assert hits == (logits.argmax(-1) == labels).sum()
    assert found.item() == pytest.approx(_expected(logits, labels).item(), rel=1e-6)
    assert logits.grad.dtype == dtype
    precision = 1e-5 if dtype == torch.float32 else 2**-7
    torch.testing.assert_close(logits.grad, wanted, rtol=precision, atol=precision / 100)


def test_a_batch_without_learned_tokens_has_zero_loss():
    logits, labels = _batch()
    loss, hits = _summed(logits, torch.full_like(labels, NO_LOSS))
    loss.backward()
    assert not logits.grad.any() and not hits


def test_a_nan_logit_shows_in_the_loss():
    logits, labels = _batch()
    with torch.no_grad():
        logits[0, 0, 0], labels[0, 0] = torch.nan, 3
    assert _summed(logits, labels)[0].isnan()


def test_logits_of_unlearned_tokens_do_not_matter():
    logits, labels = _batch()
    with torch.no_grad():
        logits[labels == NO_LOSS] = torch.nan
    loss, _ = _summed(logits, labels)
    loss.backward()
    assert loss.isfinite() and logits.grad.isfinite().all()


def test_validation_keeps_no_gradients():
    logits, labels = _batch()
    with torch.no_grad():
        assert not token_losses(logits, labels)[0].requires_grad


def test_the_loss_covers_the_answer_tokens_only(tiny_model):
    model = load_model(locate(str(tiny_model)))
    batch = [TokenizedExample(np.arange(10, 22), 5), TokenizedExample(np.arange(30, 38), 6)]
    expected = 0.0
    for example in batch:  # one by one, unpadded, over all logits
        ids = torch.from_numpy(example.ids)[None]
        scores = torch.log_softmax(model(ids).logits[0, :-1], -1)
        each = -scores[torch.arange(len(example.ids) - 1), ids[0, 1:]]
        expected += each[example.prompt_tokens - 1 :].sum().item()
    assert answer_loss(model, padded(batch, _CPU))[0].item() == pytest.approx(expected, rel=1e-5)
    assert pack(model)
    assert answer_loss(model, packed(batch, _CPU))[0].item() == pytest.approx(expected, rel=1e-5)


def test_each_token_has_its_own_share_of_the_gradient():
    logits, labels = _batch()
    weights = torch.rand(60, generator=torch.Generator().manual_seed(2))
    losses, _ = token_losses(logits, labels)
    (losses * weights).sum().backward()
    assert losses.shape == (60,) and not losses[labels.flatten() == NO_LOSS].any()
    found, logits.grad = logits.grad, None
    each = cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=NO_LOSS, reduction="none")
    (each * weights).sum().backward()
    torch.testing.assert_close(found, logits.grad, rtol=1e-5, atol=1e-7)


def test_answers_have_the_same_losses_by_token_packed_and_padded(tiny_model):
    model = load_model(locate(str(tiny_model)))
    turns = np.isin(np.arange(14), (4, 5, 9, 10))
    batch = [
        TokenizedExample(np.arange(10, 22), 5),
        TokenizedExample(np.arange(40, 54), 4, turns),
        TokenizedExample(np.arange(30, 38), 6),
    ]
    by_padding = answer_losses(model, padded(batch, _CPU))
    assert pack(model)
    by_packing = answer_losses(model, packed(batch, _CPU))
    for example, one, other in zip(batch, by_padding, by_packing, strict=True):
        assert len(other) == example.answer_tokens
        torch.testing.assert_close(one[one > 0], other, rtol=1e-5, atol=1e-5)
