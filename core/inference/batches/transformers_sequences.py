"""Several sequences in one pass of a model in Transformers, whose layers all attend to every earlier token."""

from collections.abc import Sequence

import numpy as np
import torch
from transformers.cache_utils import DynamicCache, DynamicLayer

from core.inference.batches.cache_rows import CacheRows
from core.inference.batches.choosing import chosen
from core.inference.batches.limits import CACHE_SHARE, MOST_ON_CPU, MOST_ON_GPU, common_prefix
from core.inference.transformers_model import TransformersModel
from core.machine import memory_bytes

_PASS_TOKENS = 8192
"""Of the prompts that are read in one pass, padding included."""


def attends_to_all(loaded: TransformersModel) -> bool:
    """Whether every layer keeps keys and values of every token, as TransformersSequences requires."""
    layers = DynamicCache(config=loaded.model.config).layers
    return bool(layers) and all(type(layer) is DynamicLayer for layer in layers)


class TransformersSequences:
    """See Sequences. Prompts that join are read together, padded on the left; what all begin with is read once."""

    def __init__(
        self, loaded: TransformersModel, prompts: Sequence[list[int]], temperature: float, most: int | None = None
    ):
        """At most `most` sequences at once; None for as many as pay and fit in memory."""
        self._loaded, self._model = loaded, loaded.model
        self.context_length, self.end_text = loaded.longest_context, loaded.end_text
        self._temperature = temperature
        self._device = self._model.device
        self._most = most or (MOST_ON_GPU if self._device.type == "cuda" else MOST_ON_CPU)
        self._shared = common_prefix(prompts)
        self._prefix: DynamicCache | None = None
        self._rows: CacheRows | None = None
        self._places: list[int] = []
        self._longest = 0
        self._cache_tokens = 0  # for whose keys and values there is memory, before any is taken
        self._dice: dict[int, np.random.Generator] = {}

    def room(self, waiting: Sequence[int]) -> int:
        """See Sequences."""
        if not waiting:
            return 0
        if not self._places:
            self._longest = 0
        self._open()
        self._longest = max(self._longest, *waiting[: self._most])
        rows = min(self._most, max(1, self._cache_tokens // self._longest))
        return max(0, rows - len(self._places))

    def _open(self) -> None:
        """Read the beginning that the prompts share; without one, a token that tells the shape of the cache."""
        if self._rows is None:
            self._prefix = self._read(torch.tensor([self._shared or [0]], device=self._device)).past_key_values
            self._rows = CacheRows(self._prefix)
            self._cache_tokens = int(_free_bytes(self._device) * CACHE_SHARE) // self._rows.bytes_per_token

    def step(self, joining: dict[int, tuple[list[int], int]], going: dict[int, int]) -> dict[int, int]:
        """See Sequences."""
        found = self._continued(going) if going else {}
        self._dice |= {place: np.random.default_rng(seed) for place, (_, seed) in joining.items()}
        left = [(place, prompt) for place, (prompt, _) in joining.items()]
        while left:
            width = max(len(prompt) for _, prompt in left)
            size = max(1, _PASS_TOKENS // width)
            found |= self._joined(left[:size])
            left = left[size:]
        return found

    def _continued(self, going: dict[int, int]) -> dict[int, int]:
        rows = self._rows
        rows.advance()
        ids = torch.tensor([[going[place]] for place in self._places], device=self._device)
        positions = torch.tensor(rows.lengths, device=self._device)[:, None] - 1
        output = self._read(ids, rows.mask(self._device).long(), positions, rows)
        return self._chosen(self._places, output.logits)

    def _joined(self, asked: list[tuple[int, list[int]]]) -> dict[int, int]:
        shared = len(self._shared)
        ids, mask = self._loaded.left_padded([prompt[shared:] for _, prompt in asked])
        positions = (mask.cumsum(1) - 1).clamp(min=0) + shared
        cache = None
        if shared:
            mask = torch.cat([mask.new_ones(len(asked), shared), mask], dim=1)
            cache = DynamicCache(config=self._model.config)
            for place, layer in enumerate(self._prefix.layers):
                size = (len(asked), -1, -1, -1)
                cache.update(layer.keys.expand(size), layer.values.expand(size), place)
        output = self._read(ids, mask, positions, cache)
        self._rows.add(output.past_key_values, shared, [len(prompt) for _, prompt in asked])
        places = [place for place, _ in asked]
        self._places += places
        return self._chosen(places, output.logits)

    @torch.inference_mode()
    def _read(self, ids, mask=None, positions=None, cache=None):
        """The model's output after the last of `ids`, int64 of shape (rows, tokens)."""
        return self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )

    def _chosen(self, places: list[int], logits: torch.Tensor) -> dict[int, int]:
        """The next token of each sequence; `logits` of shape (places, 1, vocabulary)."""
        with torch.inference_mode():
            tokens = chosen(logits[:, -1], self._temperature, [self._dice[place] for place in places])
        return dict(zip(places, tokens.tolist(), strict=True))

    def leave(self, places: list[int]) -> None:
        """See Sequences."""
        for place in places:
            row = self._places.index(place)
            self._rows.remove(row)
            self._places[row] = self._places[-1]
            self._places.pop()
            del self._dice[place]

    def ends(self, token: int) -> bool:
        """See Sequences."""
        return token in self._loaded.end_ids

    def text(self, tokens: list[int]) -> str:
        """See Sequences."""
        return self._loaded.tokenizer.decode(tokens, skip_special_tokens=True)


def _free_bytes(device: torch.device) -> int:
    """The memory for tensors of this process: on a GPU, what PyTorch has reserved and does not use counts as free."""
    if device.type != "cuda":
        return memory_bytes()
    unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return torch.cuda.mem_get_info(device)[0] + unused
