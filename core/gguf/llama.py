"""A GGUF loaded by llama.cpp's low-level interface: logits and KV cache, besides the vocabulary.

Not safe to use from two threads at once.
"""

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as native

from core.errors import InputError, UnavailableError
from core.gguf.llama_vocabulary import LlamaVocabulary, reason
from core.specs.deployments import DEFAULT_CONTEXT_TOKENS

BATCH_TOKENS = 256
"""Tokens in one forward pass over a prompt; between passes a server can stop."""


def default_threads() -> int:
    """The number of threads this process was given (OMP_NUM_THREADS), otherwise one per core."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdigit() and int(given) > 0 else os.cpu_count() or 1


class LlamaModel(LlamaVocabulary):
    """A GGUF in memory with a context of `context_length` tokens (default: its trained length, at most 4,096).

    `exact` keeps attention and KV cache in 32 bits. It is slower, but when files are compared only the file differs.
    Raises what LlamaVocabulary raises, and UnavailableError if memory runs out.
    """

    def __init__(
        self,
        path: Path | str,
        context_length: int | None = None,
        threads: int | None = None,
        exact: bool = False,
    ):
        self._context = None
        super().__init__(path, weights=True)
        trained_length = native.llama_model_n_ctx_train(self._model)
        context_length = context_length or min(trained_length, DEFAULT_CONTEXT_TOKENS)
        self._threads = threads or default_threads()
        self._context = self._new_context(context_length, exact)
        # llama.cpp rounds a context up, beyond what the model was trained on.
        self.context_length: int = min(context_length, native.llama_n_ctx(self._context))
        self._memory = native.llama_get_memory(self._context)
        self._batch = native.llama_batch_init(BATCH_TOKENS, 0, 1)
        self._length = 0

    def _new_context(self, context_length: int, exact: bool) -> native.llama_context_p:
        params = native.llama_context_default_params()
        params.n_ctx = context_length
        params.n_batch = params.n_ubatch = BATCH_TOKENS
        params.n_outputs_max_per_seq = 0
        if exact:
            params.type_k = params.type_v = native.GGML_TYPE_F32
            params.flash_attn_type = native.LLAMA_FLASH_ATTN_TYPE_DISABLED
        try:
            return self.open_context(params)
        except UnavailableError:
            self.close()
            raise

    def open_context(self, params: native.llama_context_params) -> native.llama_context_p:
        """A context on these weights, for the caller to free before the model is closed. It gets the model's threads.

        Raises UnavailableError if memory runs out.
        """
        params.n_threads = params.n_threads_batch = self._threads
        context = native.llama_init_from_model(self._model, params)
        if not context:
            raise UnavailableError(
                f"llama.cpp cannot allocate a context of {params.n_ctx} tokens: {reason()}.",
                "Use a shorter context, or free memory.",
            )
        return context

    @property
    def cache_bytes_per_token(self) -> int:
        """What a token takes in a KV cache of 16 bits."""
        heads = native.llama_model_n_head_kv(self._model) / max(1, native.llama_model_n_head(self._model))
        width = native.llama_model_n_embd(self._model) * native.llama_model_n_layer(self._model)
        return max(1, int(width * heads * 2 * 2))

    def clear(self) -> None:
        """Forget everything read so far."""
        native.llama_memory_clear(self._memory, True)
        self._length = 0

    def state(self) -> tuple[np.ndarray, int]:
        """A bit-exact copy of the KV cache for `restore`: the bytes, uint8, and the number of tokens read."""
        data = np.empty(native.llama_state_seq_get_size(self._context, 0), np.uint8)
        native.llama_state_seq_get_data(self._context, _bytes_of(data), len(data), 0)
        return data, self._length

    def restore(self, state: tuple[np.ndarray, int]) -> None:
        """Return to the point where `state` was taken."""
        data, length = state
        self.clear()
        if not native.llama_state_seq_set_data(self._context, _bytes_of(data), len(data), 0):
            raise UnavailableError(f"llama.cpp cannot continue an answer: {reason()}.", "Ask again.")
        self._length = length

    def read(self, tokens: list[int], every_position: bool = False) -> np.ndarray:
        """Read `tokens` after those read before. Returns the logits after the last token, (vocabulary,), float32.

        With `every_position` the logits after each token, (len(tokens), vocabulary). Raises InputError if the context
        is full.
        """
        if not tokens:
            raise InputError("There is nothing for the model to read.", "Write something.")
        if self._length + len(tokens) > self.context_length:
            raise InputError(
                f"The text has {self._length + len(tokens)} tokens; this model was loaded with a context of "
                f"{self.context_length}.",
                "Shorten the text, or load the model with a longer context.",
            )
        if not all(0 <= token < self.vocabulary_size for token in tokens):
            raise InputError("A token id is outside the model's vocabulary.", "Use the model's own tokenizer.")
        rows = []
        for start in range(0, len(tokens), BATCH_TOKENS):
            part = tokens[start : start + BATCH_TOKENS]
            is_last = start + len(part) == len(tokens)
            wanted = range(len(part)) if every_position else [len(part) - 1] if is_last else []
            self._decode(part, wanted)
            rows += [self._logits(index) for index in wanted]
        return np.stack(rows) if every_position else rows[0]

    def _decode(self, part: list[int], wanted: Sequence[int]) -> None:
        """Run one batch through the model, keeping the logits of its `wanted` positions."""
        batch = self._batch
        batch.n_tokens = len(part)
        for index, token in enumerate(part):
            batch.token[index] = token
            batch.pos[index] = self._length + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = index in wanted
        status = native.llama_decode(self._context, batch)
        if status != 0:
            raise UnavailableError(
                f"llama.cpp could not read the text (status {status}): {reason()}.", "Try a shorter text."
            )
        self._length += len(part)

    def _logits(self, index: int) -> np.ndarray:
        row = native.llama_get_logits_ith(self._context, index)
        return np.ctypeslib.as_array(row, shape=(self.vocabulary_size,)).copy()

    def close(self) -> None:
        """Free the context and the model."""
        if self._context:
            native.llama_batch_free(self._batch)
            native.llama_free(self._context)
            self._context = None
        super().close()


def _bytes_of(data: np.ndarray) -> ctypes.Array:
    return data.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
