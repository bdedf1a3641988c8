"""What a request becomes before a model sees it: token ids, and the grammar that its answer is held to.

Needs a model's tokenizer and chat template, not its weights, so that it can be done in a process of its own (see
`desk`). Its cost is bounded beforehand: a text that cannot fit by its bytes is not tokenized at all.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from core.errors import InputError
from core.examples.prompting import PLAIN_TEMPLATE, chat_template
from core.inference.chat_template import ChatTemplate, Renderer
from core.inference.forced_calls import call_grammar
from core.inference.json_grammar import grammar_of
from core.inference.settings import ResponseFormat

if TYPE_CHECKING:
    from core.gguf.llama_vocabulary import LlamaVocabulary

Rendered = str | list[tuple[str, bool]]
"""A plain text, or the pieces of a rendered conversation: see `ChatTemplate.render`."""


@dataclass(frozen=True)
class Prepared:
    """A request as the model takes it. `grammar` is GBNF; None where the answer may be any text."""

    ids: list[int]
    grammar: str | None = None


class Prompter(ABC):
    """One model's tokenizer and chat template. `context_length` is how many tokens it reads, answer included."""

    label: str
    context_length: int
    template: ChatTemplate
    longest_token_bytes: int
    """No token stands for more bytes of text."""
    writes_json: bool
    """Whether answers can be held to a grammar, and so to a JSON schema."""

    def prepared(
        self,
        prompt: str | list[dict],
        system: str | None = None,
        response_format: ResponseFormat | None = None,
        tools: list[dict] | None = None,
        must_call: list[dict] | None = None,
    ) -> Prepared:
        """Chat messages, or a text to go on with, ready to be answered.

        `tools` are told with messages; with `must_call` the answer is a call of one of those. Raises InputError when
        the prompt cannot be rendered or leaves no room for an answer, or when the answer is to be held to what it
        cannot be held to.
        """
        self.check(prompt, response_format, must_call)
        grammar = None
        if must_call:
            grammar = call_grammar(self.template.turns, tools or [], must_call)
        elif response_format and response_format.type != "text":
            grammar = grammar_of(response_format.schema_asked)
        rendered = self._rendered(prompt, system, tools)
        self._check_bytes(rendered)
        ids = self._ids(rendered)
        if len(ids) >= self.context_length:
            raise self._too_long(f"{len(ids)} tokens")
        return Prepared(ids, grammar)

    def check(
        self, prompt: str | list[dict], response_format: ResponseFormat | None, must_call: list[dict] | None
    ) -> None:
        """Raises InputError for what can be told without preparing it: an answer that is to be held to a form where
        the model can be held to none, and a text or a last message that can never fit."""
        self._check_bytes((prompt if isinstance(prompt, str) else prompt[-1]["content"]).strip())
        if (must_call or (response_format and response_format.type != "text")) and not self.writes_json:
            raise InputError(
                f"{self.label} is no GGUF: its answers cannot be held to JSON or to calling a tool.",
                "Leave out response_format and tool_choice, or export the model to GGUF and use that.",
            )

    def encode(self, prompt: str | list[dict], system: str | None = None, tools: list[dict] | None = None) -> list[int]:
        """Token ids of a text, or of chat messages rendered for the assistant to answer, as in training."""
        return self._ids(self._rendered(prompt, system, tools))

    def _rendered(self, prompt: str | list[dict], system: str | None, tools: list[dict] | None) -> Rendered:
        if isinstance(prompt, str):
            return prompt
        if system and not any(message["role"] == "system" for message in prompt):
            prompt = [{"role": "system", "content": system}, *prompt]
        return self.template.render(*self.template.fitted(prompt, tools or []))

    def _ids(self, rendered: Rendered) -> list[int]:
        if isinstance(rendered, str):
            return self.text_ids(rendered)
        return [token for text, trusted in rendered for token in self.piece_ids(text, parse_special=trusted)]

    def _check_bytes(self, rendered: Rendered) -> None:
        """Refuse what has more bytes than the context has room for, were all of it the longest token there is:
        tokenizing may take the square of the length."""
        texts = [rendered] if isinstance(rendered, str) else [text for text, _ in rendered]
        count = sum(len(text.encode()) for text in texts)
        if count > self.context_length * self.longest_token_bytes:
            raise self._too_long(f"{count:,} bytes")

    def _too_long(self, size: str) -> InputError:
        return InputError(
            f"The prompt has {size}; this model reads at most {self.context_length} tokens, answer included.",
            "Shorten the prompt, or start the model with a longer context.",
        )

    @abstractmethod
    def text_ids(self, text: str) -> list[int]:
        """Token ids of a plain text as a prompt of its own: with the model's first token, nothing in it special."""

    @abstractmethod
    def piece_ids(self, text: str, parse_special: bool) -> list[int]:
        """Token ids of a piece of a prompt, nothing added; special tokens in it are seen only if `parse_special`."""

    def close(self) -> None:
        """Free what it holds."""
        self.template.close()


class LlamaPrompter(Prompter):
    """A GGUF's. Its own chat template is used, or the plain one where it has none."""

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
        """Take the first step of a grammar, to see what it costs. Raises InputError for one that cannot be read."""
        grammar = self.model.grammar(text)
        grammar.among(np.zeros(self.model.vocabulary_size, np.float32))
        grammar.close()

    def close(self) -> None:
        super().close()
        self.model.close()


class TransformersPrompter(Prompter):
    """That of a model in Transformers' format: `tokenizer` is Hugging Face's."""

    writes_json = False

    def __init__(self, tokenizer, label: str, context_length: int, renderer: Renderer | None = None):
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
