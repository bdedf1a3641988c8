"""One GGUF loaded by llama.cpp: its tokenizer, its logits and its state, over the low-level interface.

llama.cpp can end the whole process on a bad file, so this belongs into child processes (model servers, jobs, probes).
Not safe to use from two threads at once.
"""

import ctypes
import os
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as native

from core.errors import CorruptArtifactError, InputError, UnavailableError
from core.export.header import check_gguf
from core.inference.llama_grammar import LlamaGrammar

BATCH_TOKENS = 256
"""Tokens in one pass over a prompt; between passes a server can be told to stop."""
DEFAULT_CONTEXT_TOKENS = 4096

_messages: deque[str] = deque(maxlen=20)


@native.llama_log_callback
def _keep_message(level: int, text: bytes, _user_data) -> None:
    """Keep llama.cpp's warnings and errors, for our own error to quote."""
    if level in (3, 4) and text.strip():
        _messages.append(text.decode("utf-8", errors="replace").strip())


os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # or it starts a debugger when it aborts
native.llama_log_set(_keep_message, None)
native.llama_backend_init()


def default_threads() -> int:
    """The threads this process was given (OMP_NUM_THREADS), or else every core."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdigit() and int(given) > 0 else os.cpu_count() or 1


class LlamaModel:
    """A GGUF in memory with room for `context_length` tokens (by default what it was trained for, at most 4096).

    `exact` keeps attention and its state in 32 bits, slower: for comparing files, so that only the file differs.
    Raises NotFoundError, InputError or CorruptArtifactError for a file that is missing or no whole model.
    """

    def __init__(
        self,
        path: Path | str,
        context_length: int | None = None,
        threads: int | None = None,
        exact: bool = False,
    ):
        self._model = self._context = None
        self.metadata = check_gguf(path)
        _messages.clear()
        self._model = native.llama_model_load_from_file(str(path).encode(), native.llama_model_default_params())
        if not self._model:
            raise CorruptArtifactError(
                f"llama.cpp cannot load {Path(path).name}: {_reason()}.", "Export the model again."
            )
        self._vocabulary = native.llama_model_get_vocab(self._model)
        self.vocabulary_size: int = native.llama_vocab_n_tokens(self._vocabulary)
        trained_length = native.llama_model_n_ctx_train(self._model)
        self._context = self._new_context(
            context_length or min(trained_length, DEFAULT_CONTEXT_TOKENS), threads or default_threads(), exact
        )
        self.context_length: int = native.llama_n_ctx(self._context)
        self._memory = native.llama_get_memory(self._context)
        self._batch = native.llama_batch_init(BATCH_TOKENS, 0, 1)
        self._length = 0
        self.first_token: int = native.llama_vocab_bos(self._vocabulary)
        self.end_token: int = native.llama_vocab_eos(self._vocabulary)
        self.adds_first_token: bool = native.llama_vocab_get_add_bos(self._vocabulary)
        self._adds_space = self.metadata.get("tokenizer.ggml.model") == "llama" and self.metadata.get(
            "tokenizer.ggml.add_space_prefix", True
        )

    def _new_context(self, context_length: int, threads: int, exact: bool):
        params = native.llama_context_default_params()
        params.n_ctx = context_length
        params.n_batch = params.n_ubatch = BATCH_TOKENS
        params.n_outputs_max_per_seq = 0
        params.n_threads = params.n_threads_batch = threads
        if exact:
            params.type_k = params.type_v = native.GGML_TYPE_F32
            params.flash_attn_type = native.LLAMA_FLASH_ATTN_TYPE_DISABLED
        context = native.llama_init_from_model(self._model, params)
        if not context:
            self.close()
            raise UnavailableError(
                f"llama.cpp cannot make room for {context_length} tokens: {_reason()}.",
                "Use a shorter context, or free memory.",
            )
        return context

    def tokenize(self, text: str, add_special: bool = False, parse_special: bool = False) -> list[int]:
        """Token ids of `text`; special tokens written in it are recognised only with `parse_special`."""
        data = text.encode()
        room = len(data) + 8
        tokens = (native.llama_token * room)()
        count = native.llama_tokenize(self._vocabulary, data, len(data), tokens, room, add_special, parse_special)
        if count < 0:
            raise InputError("The model's tokenizer cannot read this text.", "Change the text.")
        return list(tokens[:count])

    def piece(self, token: int, first: bool = False) -> bytes:
        """The bytes of a token: none for a special one. `first` drops the space that some tokenizers put in front."""
        room = 256
        while True:
            buffer = ctypes.create_string_buffer(room)
            strip = int(first and self._adds_space)
            count = native.llama_token_to_piece(self._vocabulary, token, buffer, room, strip, False)
            if count >= 0:
                return buffer.raw[:count]
            room = -count

    def token_text(self, token: int) -> str:
        """The name of a token in the vocabulary, such as `<s>`; empty for none (-1)."""
        return native.llama_vocab_get_text(self._vocabulary, token).decode() if token >= 0 else ""

    def special_tokens(self) -> dict[str, str]:
        """The special tokens that chat templates name, as their variables."""
        return {
            "bos_token": self.token_text(self.first_token),
            "eos_token": self.token_text(self.end_token),
            "pad_token": self.token_text(native.llama_vocab_pad(self._vocabulary)),
        }

    def control_texts(self) -> list[str]:
        """The texts of every token that steers a model (turns, ends) and that a user's text must not become."""
        return [
            self.token_text(token)
            for token in range(self.vocabulary_size)
            if native.llama_vocab_is_control(self._vocabulary, token) or self.ends(token)
        ]

    def ends(self, token: int) -> bool:
        """Whether the model means by `token` that its answer is over."""
        return native.llama_vocab_is_eog(self._vocabulary, token)

    def grammar(self, text: str) -> LlamaGrammar:
        """An answer's way through a grammar in GBNF. Raises InputError when llama.cpp cannot read it."""
        return LlamaGrammar(self._vocabulary, text)

    def clear(self) -> None:
        """Forget everything read so far."""
        native.llama_memory_clear(self._memory, True)
        self._length = 0

    def read(self, tokens: list[int], every_position: bool = False) -> np.ndarray:
        """Read `tokens` after what was read before; the logits that follow: (vocabulary,) after the last token, or
        (len(tokens), vocabulary) after each with `every_position`. Raises InputError when the context is full.
        """
        if not tokens:
            raise InputError("There is nothing for the model to read.", "Write something.")
        if self._length + len(tokens) > self.context_length:
            raise InputError(
                f"The text has {self._length + len(tokens)} tokens; this model was loaded with room for "
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
        """Read one batch; llama.cpp keeps the logits of the `wanted` positions in it."""
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
                f"llama.cpp could not read the text (status {status}): {_reason()}.", "Try a shorter text."
            )
        self._length += len(part)

    def _logits(self, index: int) -> np.ndarray:
        row = native.llama_get_logits_ith(self._context, index)
        return np.ctypeslib.as_array(row, shape=(self.vocabulary_size,)).copy()

    def close(self) -> None:
        """Free the memory. The model cannot be used afterwards."""
        if self._context:
            native.llama_batch_free(self._batch)
            native.llama_free(self._context)
            self._context = None
        if self._model:
            native.llama_model_free(self._model)
            self._model = None


def _reason() -> str:
    """What llama.cpp said went wrong: the line that names the error, or its last."""
    named = [message for message in _messages if "error" in message.lower()]
    return (named or list(_messages) or ["it gave no reason"])[-1].rstrip(".")
