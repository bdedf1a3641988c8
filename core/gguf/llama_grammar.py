"""Constrains the tokens of one answer to a grammar, with llama.cpp's own matcher."""

import ctypes

import numpy as np
from llama_cpp import llama_cpp as native

from core.errors import InputError

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class LlamaGrammar:
    """The state of one answer in a grammar (GBNF with a rule `root`). `close` frees it."""

    def __init__(self, vocabulary: native.llama_vocab_p, grammar: str):
        """`vocabulary` is llama.cpp's own. Raises InputError if llama.cpp cannot read the grammar."""
        self._matcher = native.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
        if not self._matcher:
            raise InputError("llama.cpp cannot read the grammar of this answer.", "Simplify the JSON schema.")

    def allows(self, token: int) -> bool:
        """Whether `token` may come next; the end token is allowed once the grammar is complete."""
        return bool(np.isfinite(self._applied(np.array([token], np.int32), np.zeros(1, np.float32)))[0])

    def among(self, logits: np.ndarray) -> np.ndarray:
        """`logits`, (vocabulary,), float32, with -inf for every token that the grammar does not allow."""
        return self._applied(np.arange(len(logits), dtype=np.int32), logits)

    def accept(self, token: int) -> None:
        """Add `token` to the answer. It must be allowed: otherwise llama.cpp aborts the process."""
        native.llama_sampler_accept(self._matcher, token)

    def close(self) -> None:
        """Free the matcher."""
        native.llama_sampler_free(self._matcher)

    def _applied(self, tokens: np.ndarray, logits: np.ndarray) -> np.ndarray:
        candidates = np.zeros(len(tokens), _CANDIDATE)
        candidates["id"], candidates["logit"] = tokens, logits
        data = candidates.ctypes.data_as(native.llama_token_data_p)
        array = native.llama_token_data_array(data=data, size=len(tokens), selected=-1, sorted=False)
        native.llama_sampler_apply(self._matcher, ctypes.byref(array))
        return candidates["logit"]
