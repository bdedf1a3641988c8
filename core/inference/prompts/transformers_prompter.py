"""Prompts for a model in Transformers' format, by its Hugging Face tokenizer."""

from functools import cached_property
from typing import TYPE_CHECKING

from core.examples.prompting import chat_template
from core.inference.prompts.chat_template import ChatTemplate, Renderer
from core.inference.prompts.prompter import Prompter

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class TransformersPrompter(Prompter):
    """No grammar constrains these models: see `Prompter.writes_json`."""

    writes_json = False

    def __init__(
        self, tokenizer: "PreTrainedTokenizerBase", label: str, context_length: int, renderer: Renderer | None = None
    ):
        self.tokenizer = tokenizer
        self.label = label
        self.context_length = context_length
        self.template = ChatTemplate(
            chat_template(tokenizer), tokenizer.all_special_tokens, tokenizer.special_tokens_map, renderer
        )

    @cached_property
    def longest_token_bytes(self) -> int:
        return max(len(token.encode()) for token in self.tokenizer.get_vocab())

    def text_ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, split_special_tokens=True)

    def piece_ids(self, text: str, parse_special: bool) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False, split_special_tokens=not parse_special)
