"""The vocabulary of a GGUF through llama.cpp's low-level interface: text to tokens and back, and grammars over them.

llama.cpp can abort the whole process on a bad file, so use this in child processes only (model servers, jobs, probes).
"""

import ctypes
import os
from collections import deque
from functools import cached_property
from pathlib import Path

from llama_cpp import llama_cpp as native

from core.errors import CorruptArtifactError, InputError
from core.gguf.header import check_gguf
from core.gguf.llama_grammar import LlamaGrammar

_messages: deque[str] = deque(maxlen=20)


@native.llama_log_callback
def _keep_message(level: int, text: bytes, _user_data) -> None:
    """Keep llama.cpp's warnings and errors so that our own error can quote them."""
    if level in (3, 4) and text.strip():
        _messages.append(text.decode("utf-8", errors="replace").strip())


os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # otherwise it starts a debugger when it aborts
native.llama_log_set(_keep_message, None)
native.llama_backend_init()


def reason() -> str:
    """llama.cpp's own message about what went wrong: the last line that names an error, or the last line."""
    named = [message for message in _messages if "error" in message.lower()]
    return (named or list(_messages) or ["it gave no reason"])[-1].rstrip(".")


class LlamaVocabulary:
    """The tokens of a GGUF, loaded without its weights unless `weights` is set.

    Raises NotFoundError, InputError or CorruptArtifactError for a file that is missing or not a complete model.
    """

    def __init__(self, path: Path | str, weights: bool = False):
        self._model = None
        self.metadata = check_gguf(path)
        _messages.clear()
        params = native.llama_model_default_params()
        params.vocab_only = not weights
        self._model = native.llama_model_load_from_file(str(path).encode(), params)
        if not self._model:
            raise CorruptArtifactError(
                f"llama.cpp cannot load {Path(path).name}: {reason()}.", "Export the model again."
            )
        self._vocabulary = native.llama_model_get_vocab(self._model)
        self.vocabulary_size: int = native.llama_vocab_n_tokens(self._vocabulary)
        self.first_token: int = native.llama_vocab_bos(self._vocabulary)
        self.end_token: int = native.llama_vocab_eos(self._vocabulary)
        self.adds_first_token: bool = native.llama_vocab_get_add_bos(self._vocabulary)
        self._adds_space = self.metadata.get("tokenizer.ggml.model") == "llama" and self.metadata.get(
            "tokenizer.ggml.add_space_prefix", True
        )

    def tokenize(self, text: str, add_special: bool = False, parse_special: bool = False) -> list[int]:
        """Token ids of `text`. Only with `parse_special` is the text of a special token read as that token."""
        data = text.encode()
        room = len(data) + 8
        tokens = (native.llama_token * room)()
        count = native.llama_tokenize(self._vocabulary, data, len(data), tokens, room, add_special, parse_special)
        if count < 0:
            raise InputError("The model's tokenizer cannot read this text.", "Change the text.")
        return list(tokens[:count])

    def piece(self, token: int, first: bool = False) -> bytes:
        """A token's bytes; empty for a special token. `first` drops the space that some tokenizers put in front."""
        room = 256
        while True:
            buffer = ctypes.create_string_buffer(room)
            strip = int(first and self._adds_space)
            count = native.llama_token_to_piece(self._vocabulary, token, buffer, room, strip, False)
            if count >= 0:
                return buffer.raw[:count]
            room = -count

    def token_text(self, token: int) -> str:
        """The token's name in the vocabulary, such as `<s>`; empty for -1, no token."""
        return native.llama_vocab_get_text(self._vocabulary, token).decode() if token >= 0 else ""

    @cached_property
    def longest_token_bytes(self) -> int:
        """An upper bound on the bytes of text that a token stands for: its name needs at least as many."""
        return max(len(native.llama_vocab_get_text(self._vocabulary, token)) for token in range(self.vocabulary_size))

    def special_tokens(self) -> dict[str, str]:
        """The special tokens that chat templates use, by their variable names."""
        return {
            "bos_token": self.token_text(self.first_token),
            "eos_token": self.token_text(self.end_token),
            "pad_token": self.token_text(native.llama_vocab_pad(self._vocabulary)),
        }

    def control_texts(self) -> list[str]:
        """The texts of all control tokens (turns, ends): text from users must never be read as one of them."""
        return [
            self.token_text(token)
            for token in range(self.vocabulary_size)
            if native.llama_vocab_is_control(self._vocabulary, token) or self.ends(token)
        ]

    def ends(self, token: int) -> bool:
        """Whether `token` ends an answer."""
        return native.llama_vocab_is_eog(self._vocabulary, token)

    def grammar(self, text: str) -> LlamaGrammar:
        """Start an answer in a GBNF grammar. Raises InputError if llama.cpp cannot read it."""
        return LlamaGrammar(self._vocabulary, text)

    def close(self) -> None:
        """Free the memory. The object must not be used afterwards."""
        if self._model:
            native.llama_model_free(self._model)
            self._model = None
