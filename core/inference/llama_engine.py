"""The engine for GGUF files, on llama.cpp, which can abort the whole process: use it in child processes only."""

import codecs
from collections.abc import Callable
from functools import cached_property

import numpy as np

from core.inference.engine import Engine
from core.inference.prompts.llama_prompter import LlamaPrompter
from core.inference.sampling import Grammar
from core.models.references import ModelLocation


class LlamaEngine(LlamaPrompter, Engine):
    """A GGUF in memory. `exact`: see LlamaModel, whose errors this raises too."""

    def __init__(
        self,
        location: ModelLocation,
        threads: int | None = None,
        context_length: int | None = None,
        exact: bool = False,
    ):
        from core.gguf.llama import BATCH_TOKENS, LlamaModel

        Engine.__init__(self)
        model = LlamaModel(location.path, context_length, threads, exact)
        LlamaPrompter.__init__(self, model, location.label, model.context_length)
        self.pass_tokens = BATCH_TOKENS

    def grammar(self, text: str) -> Grammar:
        return self.model.grammar(text)

    def decoder(self) -> Callable[[int], str]:
        utf8 = codecs.getincrementaldecoder("utf-8")(errors="replace")
        tokens_seen = 0

        def decode(token: int) -> str:
            nonlocal tokens_seen
            tokens_seen += 1
            return utf8.decode(self.model.piece(token, first=tokens_seen == 1))

        return decode

    @cached_property
    def turn_end(self) -> str:
        """The text with which the chat template ends a turn. A model server sets it: it never renders by itself."""
        return self.template.turns.mark.strip()

    @cached_property
    def _special_end(self) -> list[int]:
        """The special token with which the chat template ends a turn; empty if it uses plain text."""
        mark = self.turn_end
        return self.model.tokenize(mark, parse_special=True) if mark in self.model.control_texts() else []

    def ends(self, token: int) -> bool:
        return self.model.ends(token) or [token] == self._special_end

    @property
    def end_text(self) -> str:
        return "" if self._special_end else self.turn_end

    def reset(self) -> None:
        self.model.clear()

    def read(self, tokens: list[int]) -> np.ndarray:
        return self.model.read(tokens)

    def state(self) -> object:
        return self.model.state()

    def restore(self, state: object) -> None:
        self.model.restore(state)
