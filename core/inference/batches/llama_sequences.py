"""Several sequences in one pass of llama.cpp, which can abort the process: only for child processes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from llama_cpp import llama_cpp as native

from core.errors import UnavailableError
from core.gguf.llama_vocabulary import reason
from core.inference.batches.limits import CACHE_SHARE, MOST_ON_CPU, common_prefix
from core.inference.sampling import Sampler
from core.inference.settings import SamplingSettings
from core.machine import memory_bytes

if TYPE_CHECKING:
    from core.inference.llama_engine import LlamaEngine

_PASS_TOKENS = 512
"""Tokens in one pass, of all sequences together."""


class LlamaSequences:
    """See Sequences. Each sequence has a KV cache of its own (a stream), all of one size; those in use are the first.

    llama.cpp runs sequences together only if their streams follow one another, so the last takes the place of one that
    leaves. Attention is computed without flash attention, as llama-cpp-python's `Llama` does by default: it answers
    the same. What all prompts begin with is read once and copied.
    """

    def __init__(self, engine: "LlamaEngine", prompts: Sequence[list[int]], temperature: float, most: int | None):
        """At most `most` sequences at once; None for as many as pay. Raises UnavailableError if memory runs out."""
        self._engine, self._model = engine, engine.model
        self.context_length, self.end_text = engine.context_length, engine.end_text
        self._temperature = temperature
        self._most = min(most or MOST_ON_CPU, native.llama_max_parallel_sequences() - 1)
        self._prefix = common_prefix(prompts)
        self._places: list[int] = []
        self._lengths: list[int] = []
        self._samplers: dict[int, Sampler] = {}
        self._context = None
        self._batch = native.llama_batch_init(_PASS_TOKENS, 0, 1)
        self._streams = self._stream_tokens = 0

    def room(self, waiting: Sequence[int]) -> int:
        """See Sequences. The streams are made anew once they are too short, or so long that they are too few."""
        if not waiting:
            return 0
        wanted = max(waiting)
        fits = self._streams and wanted <= self._stream_tokens
        if fits and (self._streams == self._most or 2 * wanted > self._stream_tokens):
            return self._streams - len(self._places)
        if self._places:
            return 0
        self._open(wanted, len(waiting))
        return self._streams

    def _open(self, tokens: int, sequences: int) -> None:
        self._free_context()
        cells = int(memory_bytes() * CACHE_SHARE) // self._model.cache_bytes_per_token
        self._stream_tokens = -(-tokens // 256) * 256  # as llama.cpp rounds
        self._streams = max(1, min(self._most, sequences, cells // self._stream_tokens - bool(self._prefix)))
        params = native.llama_context_default_params()
        params.n_seq_max = self._streams + bool(self._prefix)
        params.n_ctx = self._stream_tokens * params.n_seq_max
        params.n_batch = params.n_ubatch = _PASS_TOKENS
        params.kv_unified = False
        params.flash_attn_type = native.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self._context = self._model.open_context(params)
        self._memory = native.llama_get_memory(self._context)
        if self._prefix:
            self._read([(token, at, self._streams) for at, token in enumerate(self._prefix)], set())

    def step(self, joining: dict[int, tuple[list[int], int]], going: dict[int, int]) -> dict[int, int]:
        """See Sequences."""
        entries, last_of = [], {}
        for place, token in going.items():
            stream = self._places.index(place)
            last_of[place] = len(entries)
            entries.append((token, self._lengths[stream], stream))
            self._lengths[stream] += 1
        for place, (prompt, seed) in joining.items():
            stream = len(self._places)
            if self._prefix:
                native.llama_memory_seq_cp(self._memory, self._streams, stream, -1, -1)
            entries += [(prompt[at], at, stream) for at in range(len(self._prefix), len(prompt))]
            last_of[place] = len(entries) - 1
            self._places.append(place)
            self._lengths.append(len(prompt))
            self._samplers[place] = Sampler(SamplingSettings(temperature=self._temperature, top_p=1, seed=seed))
        logits = self._read(entries, {*last_of.values()})
        return {place: self._samplers[place].choose(logits[at]) for place, at in last_of.items()}

    def _read(self, entries: list[tuple[int, int, int]], wanted: set[int]) -> dict[int, np.ndarray]:
        """Read (token, position, stream) in passes; the logits, float32 of shape (vocabulary,), after those wanted."""
        found, batch = {}, self._batch
        for start in range(0, len(entries), _PASS_TOKENS):
            part = entries[start : start + _PASS_TOKENS]
            batch.n_tokens = len(part)
            for index, (token, position, stream) in enumerate(part):
                batch.token[index] = token
                batch.pos[index] = position
                batch.n_seq_id[index] = 1
                batch.seq_id[index][0] = stream
                batch.logits[index] = start + index in wanted
            status = native.llama_decode(self._context, batch)
            if status != 0:
                raise UnavailableError(
                    f"llama.cpp could not read the examples (status {status}): {reason()}.",
                    "Evaluate again with shorter examples, or fewer at once.",
                )
            for index in range(len(part)):
                if start + index in wanted:
                    row = native.llama_get_logits_ith(self._context, index)
                    logits = np.ctypeslib.as_array(row, shape=(self._model.vocabulary_size,))
                    more = start + _PASS_TOKENS < len(entries)
                    found[start + index] = logits.copy() if more else logits
        return found

    def leave(self, places: list[int]) -> None:
        """See Sequences."""
        for place in places:
            stream, last = self._places.index(place), len(self._places) - 1
            native.llama_memory_seq_rm(self._memory, stream, -1, -1)
            if stream < last:
                native.llama_memory_seq_cp(self._memory, last, stream, -1, -1)
                native.llama_memory_seq_rm(self._memory, last, -1, -1)
                self._places[stream], self._lengths[stream] = self._places[last], self._lengths[last]
            self._places.pop()
            self._lengths.pop()
            del self._samplers[place]

    def ends(self, token: int) -> bool:
        """See Sequences."""
        return self._engine.ends(token)

    def text(self, tokens: list[int]) -> str:
        """See Sequences."""
        decode = self._engine.decoder()
        return "".join(map(decode, tokens))

    def close(self) -> None:
        """Free the KV cache; the model stays."""
        self._free_context()
        native.llama_batch_free(self._batch)

    def _free_context(self) -> None:
        if self._context:
            native.llama_free(self._context)
            self._context = None
