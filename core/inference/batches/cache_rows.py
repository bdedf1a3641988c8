"""The KV cache of a batch whose sequences come and go, for models whose every layer attends to all earlier tokens."""

import torch
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer

_SPARE_COLUMNS = 128


class CacheRows(Cache):
    """Keys and values of several sequences, one per row, aligned right: the last tokens share a column.

    Each layer holds tensors of shape (rows, heads, columns, head width) with room to spare, so that a step writes one
    column instead of copying the cache, as DynamicCache does. `lengths` are the tokens of each row.
    """

    def __init__(self, sample: DynamicCache):
        """`sample` tells the shapes: any cache of the model."""
        self._rows = [_Layer(self, layer.keys, layer.values) for layer in sample.layers]
        super().__init__(layers=self._rows)
        self.lengths: list[int] = []
        self._end = self._columns = self._capacity = 0
        self.bytes_per_token = sum(
            tensor.shape[1] * tensor.shape[3] * tensor.element_size()
            for layer in sample.layers
            for tensor in (layer.keys, layer.values)
        )

    @property
    def width(self) -> int:
        """The tokens of the longest row."""
        return max(self.lengths, default=0)

    @property
    def window(self) -> slice:
        """The columns in use."""
        return slice(self._end - self.width, self._end)

    def mask(self, device: torch.device) -> torch.Tensor:
        """Which columns of the window are tokens of each row, bool of shape (rows, width)."""
        columns = torch.arange(self.width, device=device)
        return columns >= self.width - torch.tensor(self.lengths, device=device)[:, None]

    def add(self, other: DynamicCache, prefix: int, lengths: list[int]) -> None:
        """Append the rows of a cache of the same model. There, each row is a prefix of `prefix` tokens, then padding,
        then the other tokens of that row, `lengths` in all."""
        rows = len(self.lengths) + len(lengths)
        if self._end < max(lengths) or rows > self._capacity:
            self._move(max(self.width, *lengths), rows)
        for layer, added in zip(self._rows, other.layers, strict=True):
            for row, length in enumerate(lengths, len(self.lengths)):
                layer.put(row, self._end - length, added, row - len(self.lengths), prefix, length - prefix)
        self.lengths += lengths

    def advance(self) -> None:
        """Make room for one more token in every row, which the next forward pass writes."""
        if self._end == self._columns:
            self._move(self.width, len(self.lengths))
        self._end += 1
        self.lengths = [length + 1 for length in self.lengths]

    def remove(self, row: int) -> None:
        """Drop a row; the last row takes its place."""
        last = len(self.lengths) - 1
        if row < last:
            for layer in self._rows:
                layer.copy_row(last, row, self.window)
        self.lengths[row] = self.lengths[last]
        self.lengths.pop()

    def _move(self, end: int, rows: int) -> None:
        """Let the window end at column `end`, with columns to spare after it, in tensors of at least `rows` rows."""
        grows = rows > self._capacity or end + _SPARE_COLUMNS > self._columns
        if grows:
            self._capacity = max(rows, self._capacity)
            self._columns = max(end + _SPARE_COLUMNS, self._columns)
        for layer in self._rows:
            layer.move(
                len(self.lengths),
                self.window,
                slice(end - self.width, end),
                (self._capacity, self._columns) if grows else None,
            )
        self._end = end


class _Layer(DynamicLayer):
    """One layer's rows. Columns outside a row are finite: they are masked, and NaN would survive the mask."""

    def __init__(self, rows: CacheRows, keys: torch.Tensor, values: torch.Tensor):
        super().__init__()
        self._all = rows
        self.dtype, self.device = keys.dtype, keys.device
        self.keys, self.values = keys[:0], values[:0]
        self.is_initialized = True

    def put(self, row: int, start: int, added: DynamicLayer, source: int, prefix: int, rest: int) -> None:
        for ours, theirs in ((self.keys, added.keys), (self.values, added.values)):
            ours[row, :, start : start + prefix] = theirs[source, :, :prefix]
            ours[row, :, start + prefix : start + prefix + rest] = theirs[source, :, theirs.shape[2] - rest :]

    def copy_row(self, source: int, target: int, window: slice) -> None:
        for tensor in (self.keys, self.values):
            tensor[target, :, window] = tensor[source, :, window]

    def move(self, rows: int, source: slice, target: slice, size: tuple[int, int] | None) -> None:
        self.keys, self.values = (_moved(tensor, rows, source, target, size) for tensor in (self.keys, self.values))

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args, **kwargs
    ) -> tuple[torch.Tensor, torch.Tensor]:
        rows, window = len(self._all.lengths), self._all.window
        self.keys[:rows, :, window.stop - 1 : window.stop] = key_states
        self.values[:rows, :, window.stop - 1 : window.stop] = value_states
        return self.keys[:rows, :, window], self.values[:rows, :, window]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self._all.width, 0

    def get_seq_length(self) -> int:
        return self._all.width - 1


def _moved(tensor: torch.Tensor, rows: int, source: slice, target: slice, size: tuple[int, int] | None) -> torch.Tensor:
    """The tensor with the first `rows` rows moved by columns, or a new one of `size` (rows, columns) with them."""
    held = tensor[:rows, :, source]
    if size is None:
        held, found = held.clone(), tensor
    else:
        found = tensor.new_zeros(size[0], tensor.shape[1], size[1], tensor.shape[3])
    found[:rows, :, target] = held
    return found
