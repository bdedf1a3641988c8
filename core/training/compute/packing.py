"""Packed attention: examples end to end in a single row, without padding, each attending only to itself.

Padding costs a batch of mixed lengths a third to a half of its time. Packing is exact if attention is the only path
from one token to another, so it is used for model families whose packed and padded losses a test holds equal.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import Module
from torch.nn.functional import dropout as dropped_out
from torch.nn.functional import scaled_dot_product_attention, softmax

from core.forecast.setup import LONGEST_BY_PRODUCTS, PACKED_FAMILIES
from core.training.compute.attention import Layout, attention

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_NAME = "packed"


def pack(model: "PreTrainedModel") -> bool:
    """Switch a model to packed rows (`segments`: start and end of each example). False if its family forbids it."""
    from transformers import AttentionInterface

    if model.config.get_text_config().model_type not in PACKED_FAMILIES:
        return False
    AttentionInterface.register(_NAME, packed_attention)
    model.set_attn_implementation(_NAME)
    return True


@contextmanager
def unpacked(model: "PreTrainedModel") -> Iterator[None]:
    """Ordinary attention for the length of the block, with a KV cache and padding, as generation needs it."""
    if model.config._attn_implementation != _NAME:
        yield
        return
    model.set_attn_implementation("sdpa")
    try:
        yield
    finally:
        model.set_attn_implementation(_NAME)


def packed_attention(
    module: Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: None,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    segments: list[tuple[int, int]] = (),
    shared: int = 0,
    **_,
) -> tuple[Tensor, None]:
    """Causal attention within each of `segments`, as Transformers' attention interface.

    `query`, `key` and `value` have shape (1, heads, tokens, width); keys and values may have fewer heads. Returns
    (1, tokens, heads, width) in their dtype. Every example begins with the row's first `shared` tokens. A sliding
    window hides tokens further back.
    """
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    on_cpu, in_float32 = query.device.type == "cpu", value.dtype == torch.float32
    if on_cpu and in_float32 and not (dropout or torch.is_autocast_enabled("cpu")):
        rows = (part[0].transpose(0, 1) for part in (query, key, value))
        return attention(*rows, Layout(segments, shared, sliding_window), scale)[None], None
    lengths = [end - start for start, end in segments]
    longest = shared + max(lengths)
    short = on_cpu and longest <= LONGEST_BY_PRODUCTS
    if short and len(lengths) * longest <= 2 * (len(lengths) * shared + sum(lengths)):
        return _all_at_once(query, key, value, lengths, shared, sliding_window, scale, dropout), None
    out = []
    for one in zip(*(_examples(part[0], shared, lengths) for part in (query, key, value)), strict=True):
        by_products = on_cpu and one[0].shape[1] <= LONGEST_BY_PRODUCTS
        attend = _by_products if by_products else _by_blocks
        found = attend(*one, sliding_window, scale, dropout).transpose(0, 1)
        out.append(found[shared:] if out else found)
    return torch.cat(out)[None], None


def _examples(part: Tensor, shared: int, lengths: list[int]) -> list[Tensor]:
    """Each example as a whole, (heads, tokens, width)."""
    # Split, not sliced: the gradient of each slice would be a row of its own, nearly all zeros.
    beginning, *own = part.split([shared, *lengths], 1)
    return [torch.cat([beginning, one], 1) for one in own] if shared else own


def _all_at_once(
    query: Tensor, key: Tensor, value: Tensor, lengths: list[int], shared: int, window: int | None, scale: float,
    dropout: float,
) -> Tensor:  # fmt: skip
    """Examples of similar length, padded for attention only: padding comes last, where causal attention never looks."""
    own = torch.tensor(lengths)[:, None]
    count, longest = len(lengths), shared + max(lengths)
    places = torch.arange(longest).expand(count, longest)
    is_token = places < shared + own
    rows = torch.where(places < shared, places, own.cumsum(0) - own + places).where(is_token, 0).flatten()

    def padded(part: Tensor) -> Tensor:
        heads, width = part.shape[1], part.shape[-1]
        spread = part[0].transpose(0, 1).index_select(0, rows).view(count, longest, heads, width)
        return spread.transpose(1, 2).reshape(count * heads, longest, width)

    out = _by_products(padded(query), padded(key), padded(value), window, scale, dropout)
    out = out.view(count, -1, longest, value.shape[-1]).transpose(1, 2).flatten(0, 1)
    is_token[1:, :shared] = False  # they are in the row once
    return out.index_select(0, is_token.flatten().nonzero()[:, 0])[None]


def _by_products(query: Tensor, key: Tensor, value: Tensor, window: int | None, scale: float, dropout: float) -> Tensor:
    """Attention of one example as plain matrix products; all (heads, tokens, width)."""
    heads, length, width = key.shape
    grouped = (query * scale).reshape(heads, -1, width)  # query heads that share a key head, end to end
    scores = (grouped @ key.transpose(1, 2)).view(heads, -1, length, length)
    weights = softmax(scores.masked_fill(~_seen(length, window, query.device), -torch.inf), -1)
    return (dropped_out(weights, dropout).view(heads, -1, length) @ value).view(-1, length, value.shape[-1])


def _by_blocks(query: Tensor, key: Tensor, value: Tensor, window: int | None, scale: float, dropout: float) -> Tensor:
    """The same by PyTorch's scaled dot-product attention, which never holds all scores at once."""
    length, windowed = query.shape[1], window is not None and query.shape[1] > window
    if query.device.type == "cuda" and (windowed or _in_float32(query)):  # only flash attention shares key heads
        key, value = (part.repeat_interleave(query.shape[0] // part.shape[0], 0) for part in (key, value))
    [out] = scaled_dot_product_attention(
        query[None], key[None], value[None],
        attn_mask=_seen(length, window, query.device) if windowed else None,
        is_causal=not windowed, dropout_p=dropout, scale=scale, enable_gqa=query.shape[0] != key.shape[0],
    )  # fmt: skip
    return out


def _in_float32(tensor: Tensor) -> bool:
    """Whether attention on a GPU computes in float32, which flash attention does not, nor does it take a mask."""
    return tensor.dtype == torch.float32 and not torch.is_autocast_enabled("cuda")


def _seen(length: int, window: int | None, device: torch.device) -> Tensor:
    """Which keys (columns) each query (row) sees, bool, (length, length): the last `window` up to its own position."""
    seen = torch.ones(length, length, dtype=torch.bool, device=device).tril()
    return seen if window is None else seen.triu(1 - window)
