"""The forward pass of a model in training: noise on embeddings, and the precision it computes in."""

from types import SimpleNamespace

import torch
from torch.nn import Embedding, Linear, Module

from core.training.trained.forward import add_embedding_noise, compute_in


class _Base(Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.head = Embedding(10, 16), Linear(16, 16)

    def get_input_embeddings(self) -> Module:
        return self.embedding

    def forward(self, input_ids, **named):
        return SimpleNamespace(hidden=self.embedding(input_ids), logits=self.head(self.embedding(input_ids)))


def _noise(base: _Base, **inputs) -> torch.Tensor:
    torch.manual_seed(3)
    return (base(**inputs).hidden - base.embedding.weight[inputs["input_ids"]]).detach()


def test_noise_is_bounded_by_the_length_of_each_example_packed_or_padded():
    base = _Base()
    add_embedding_noise(base, alpha=5)
    short, long = 5 / (4 * 16) ** 0.5, 5 / (100 * 16) ** 0.5
    packed = _noise(base, input_ids=torch.ones(1, 104, dtype=torch.long), segments=[(0, 4), (4, 104)])[0]
    mask = torch.ones(2, 100, dtype=torch.long)
    mask[0, 4:] = 0
    padded = _noise(base, input_ids=torch.ones(2, 100, dtype=torch.long), attention_mask=mask)
    for of_short, of_long in ((packed[:4], packed[4:]), (padded[0, :4], padded[1])):
        assert 0.9 * short < of_short.abs().max() <= short
        assert 0.9 * long < of_long.abs().max() <= long


def test_noise_follows_from_the_seed_and_stops_in_evaluation():
    base = _Base()
    add_embedding_noise(base, alpha=5)
    ids = torch.ones(1, 8, dtype=torch.long)
    assert torch.equal(_noise(base, input_ids=ids), _noise(base, input_ids=ids))
    assert not _noise(base.eval(), input_ids=ids).any()


def test_float32_weightscompute_in_bfloat16_and_keep_float32_gradients():
    base = _Base()
    compute_in(base, "bfloat16")
    out = base(torch.ones(1, 8, dtype=torch.long)).logits
    assert out.dtype == torch.bfloat16
    out.float().sum().backward()
    assert base.head.weight.grad.dtype == torch.float32
