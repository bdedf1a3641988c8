"""Attention of examples in one row, forward and backward written by hand: no padding, few passes over the scores.

Queries are taken a block at a time. Keys after a block's last query are not multiplied at all, and a block's scores
stay in the CPU cache until they are weights. What all examples begin with is in the row once, before the first: its
keys and values are seen by each.
"""

from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from core.forecast.setup import LONGEST_BY_PRODUCTS, QUERIES_IN_BLOCK


class Layout(NamedTuple):
    """Where the examples of a row are.

    `segments`: the start and end of each, in order and without gaps, after `shared` tokens that all of them begin with.
    `window`: how many positions a token sees, its own included; None for all up to its own.
    """

    segments: list[tuple[int, int]]
    shared: int = 0
    window: int | None = None

    def parts(self) -> list[tuple[int, int, int]]:
        """(start, end, before): rows that see each other, and how many shared rows they see before these."""
        own = [(start, end, self.shared) for start, end in self.segments]
        return [(0, self.shared, 0), *own] if self.shared else own


def attention(query: Tensor, key: Tensor, value: Tensor, layout: Layout, scale: float) -> Tensor:
    """What `attend` writes, with its graph."""
    return _Attention.apply(query, key, value, layout, scale)


class _Attention(Function):
    @staticmethod
    def forward(ctx, query: Tensor, key: Tensor, value: Tensor, layout: Layout, scale: float) -> Tensor:
        out = query.new_empty(query.shape)
        weights = attend(query, key, value, layout, scale, out)
        ctx.save_for_backward(query, key, value, *weights)
        ctx.layout, ctx.scale = layout, scale
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, *weights = ctx.saved_tensors
        into = tuple(part.new_empty(part.shape) for part in (query, key, value))
        attend_backward(grad, query, key, value, weights, ctx.layout, ctx.scale, into)
        return *into, None, None


def attend(query: Tensor, key: Tensor, value: Tensor, layout: Layout, scale: float, out: Tensor) -> list[Tensor | None]:
    """Write the causal attention of a row's examples into `out`. Returns what `attend_backward` wants to know.

    `query` and `out` have shape (tokens, heads, width), `key` and `value` (tokens, key heads, width); key heads may be
    fewer. All have one dtype and any strides. What is returned are the attention weights of each block of queries, None
    for examples so long that they are computed again.
    """
    kept = []
    for start, end, before in layout.parts():
        keys, values = _seen(key, start, end, before), _seen(value, start, end, before)
        for first, last, count in _blocks(start, end, before):
            weights = _weights(_by_key_head(query[first:last], len(keys), scale), keys[:, :count], last - first, layout)
            found = torch.bmm(weights, values[:, :count])
            _view_by_key_head(out[first:last], len(keys)).copy_(found.view(len(keys), -1, last - first, out.shape[-1]))
            kept.append(weights if before + end - start <= LONGEST_BY_PRODUCTS else None)
    return kept


def attend_backward(
    grad: Tensor,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    kept: list[Tensor | None],
    layout: Layout,
    scale: float,
    into: tuple[Tensor, Tensor, Tensor],
) -> None:
    """Write the gradients of query, key and value into `into`, given that of `attend`'s output and what it returned."""
    of_query, of_key, of_value = into
    rest = iter(kept)
    for start, end, before in layout.parts():
        keys, values = _seen(key, start, end, before), _seen(value, start, end, before)
        of_keys = of_values = None
        for (first, last, count), weights in reversed(list(zip(_blocks(start, end, before), rest, strict=False))):
            queries = _by_key_head(query[first:last], len(keys), scale)
            of_out = _by_key_head(grad[first:last], len(keys))
            if weights is None:
                weights = _weights(queries, keys[:, :count], last - first, layout)
            of_weights = torch.bmm(of_out, values[:, :count].contiguous().transpose(1, 2))
            of_scores = torch._softmax_backward_data(of_weights, weights, -1, weights.dtype)
            of_keys = _added(of_keys, torch.bmm(of_scores.transpose(1, 2), queries))
            of_values = _added(of_values, torch.bmm(weights.transpose(1, 2), of_out))
            found = torch.bmm(of_scores, keys[:, :count]).view(len(keys), -1, last - first, query.shape[-1])
            torch.mul(found, scale, out=_view_by_key_head(of_query[first:last], len(keys)))
        for whole, found in ((of_key, of_keys.transpose(0, 1)), (of_value, of_values.transpose(0, 1))):
            whole[start:end].copy_(found[before:])  # the shared ones first, to which each example then adds
            whole[:before].add_(found[:before])


def _added(to_all: Tensor | None, to_first: Tensor) -> Tensor:
    """The gradient of an example's keys or values, plus that of the first ones, which an earlier block sees, too."""
    if to_all is None:
        return to_first
    to_all[:, : to_first.shape[1]].add_(to_first)
    return to_all


def _seen(part: Tensor, start: int, end: int, before: int) -> Tensor:
    """The keys or values of an example, (key heads, keys, width): the shared ones, then its own."""
    own = part[start:end].transpose(0, 1)
    return torch.cat([part[:before].transpose(0, 1), own], 1) if before else own.contiguous()


def _blocks(start: int, end: int, before: int) -> list[tuple[int, int, int]]:
    """(first, last, count): a block of queries, and how many keys its last query sees."""
    firsts = range(start, end, QUERIES_IN_BLOCK)
    return [(first, last, before + last - start) for first in firsts if (last := min(first + QUERIES_IN_BLOCK, end))]


def _view_by_key_head(rows: Tensor, key_heads: int) -> Tensor:
    """A view of (rows, heads, width) as (key heads, heads that share one, rows, width)."""
    return rows.view(len(rows), key_heads, -1, rows.shape[-1]).permute(1, 2, 0, 3)


def _by_key_head(rows: Tensor, key_heads: int, scale: float = 1.0) -> Tensor:
    """A scaled copy of (rows, heads, width) as (key heads, heads that share one · rows, width)."""
    view = _view_by_key_head(rows, key_heads)
    return torch.mul(view, scale, out=rows.new_empty(view.shape)).flatten(1, 2)


def _weights(queries: Tensor, keys: Tensor, rows: int, layout: Layout) -> Tensor:
    """The attention weights of `rows` queries, of which the last is at the position of the last key."""
    scores = torch.bmm(queries, keys.contiguous().transpose(1, 2))  # bmm would copy them, too, but element by element
    seen, count = scores.view(-1, rows, keys.shape[1]), keys.shape[1]
    if layout.window is None or count <= layout.window:
        seen[..., count - rows :].add_(_later(scores.dtype)[:rows, :rows])
    else:
        place = torch.arange(count, device=scores.device)
        behind = place[count - rows :, None] - place
        seen.masked_fill_((behind < 0) | (behind >= layout.window), -torch.inf)
    return scores.softmax(-1)


@cache
def _later(dtype: torch.dtype) -> Tensor:
    """Minus infinity where a key (column) comes later than the query (row), otherwise 0; for a block of queries."""
    return torch.full((QUERIES_IN_BLOCK, QUERIES_IN_BLOCK), -torch.inf, dtype=dtype).triu_(1)
