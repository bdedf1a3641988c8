"""Prompts for a GGUF, by the tokenizer and chat template in the file."""

from typing import TYPE_CHECKING

import numpy as np

from core.examples.prompting import PLAIN_TEMPLATE
from core.inference.prompts.chat_template import ChatTemplate, Renderer
from core.inference.prompts.prompter import Prompter

if TYPE_CHECKING:
    from core.gguf.llama_vocabulary import LlamaVocabulary


class LlamaPrompter(Prompter):
    """Uses the plain template if the file has none of its own."""

    writes_json = True

    def __init__(self, model: "LlamaVocabulary", label: str, context_length: int, renderer: Renderer | None = None):
        self.model = model
        self.label = label
        self.context_length = context_length
        variables = model.special_tokens()
        template = model.metadata.get("tokenizer.chat_template")
        if not template and not model.adds_first_token:
            variables["bos_token"] = ""
        self.template = ChatTemplate(template or PLAIN_TEMPLATE, model.control_texts(), variables, renderer)

    @property
    def longest_token_bytes(self) -> int:
        return self.model.longest_token_bytes

    def text_ids(self, text: str) -> list[int]:
        return self.model.tokenize(text, add_special=True)

    def piece_ids(self, text: str, parse_special: bool) -> list[int]:
        return self.model.tokenize(text, parse_special=parse_special)

    def try_grammar(self, text: str) -> None:
        """Take a grammar's first step, so that a costly one shows here. Raises InputError for an unreadable one."""
        grammar = self.model.grammar(text)
        grammar.among(np.zeros(self.model.vocabulary_size, np.float32))
        grammar.close()

    def close(self) -> None:
        super().close()
        self.model.close()
