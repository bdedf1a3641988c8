"""From a request to what a model takes: the prompt's token ids, and the grammar that constrains the answer.

Needs a model's tokenizer and chat template, not its weights, so it can run in a separate process (see
`core.serving.preparer`). Its cost is bounded: a text with more bytes than the context can hold is never tokenized.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from core.errors import InputError
from core.inference.grammar.call_grammar import call_grammar
from core.inference.grammar.json_grammar import grammar_of
from core.inference.prompts.chat_template import ChatTemplate
from core.inference.settings import ResponseFormat

Rendered = str | list[tuple[str, bool]]
"""A plain text, or the pieces of a rendered conversation: see `ChatTemplate.render`."""


@dataclass(frozen=True)
class Prepared:
    """A request ready for a model. `grammar` is GBNF; None if the answer may be any text."""

    ids: list[int]
    grammar: str | None = None


class Prompter(ABC):
    """One model's tokenizer and chat template. `context_length` counts tokens of prompt and answer together."""

    label: str
    context_length: int
    template: ChatTemplate
    longest_token_bytes: int
    """An upper bound: no token of the vocabulary stands for more bytes of text."""
    writes_json: bool
    """Whether a grammar, and so a JSON schema, can constrain answers."""

    def prepared(
        self,
        prompt: str | list[dict],
        system: str | None = None,
        response_format: ResponseFormat | None = None,
        tools: list[dict] | None = None,
        must_call: list[dict] | None = None,
    ) -> Prepared:
        """Chat messages, or a text to continue, as token ids and grammar.

        `tools` go into the prompt of a chat; with `must_call` the answer has to be a call to one of those. Raises
        InputError when the prompt cannot be rendered or leaves no room for an answer, or when the model or the schema
        does not allow the constraint asked for.
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
        """Raise InputError for what needs no preparation to refuse: a text or last message that can never fit, and a
        constraint on a model that takes none."""
        self._check_bytes((prompt if isinstance(prompt, str) else prompt[-1]["content"]).strip())
        if (must_call or (response_format and response_format.type != "text")) and not self.writes_json:
            raise InputError(
                f"{self.label} is not a GGUF, so its answers cannot be constrained to JSON or to a tool call.",
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
        """Refuse a text that would not fit even if all of it were the longest token: tokenizing can take quadratic
        time."""
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
        """Token ids of a plain text: the model's beginning-of-sequence token first, none of the text special."""

    @abstractmethod
    def piece_ids(self, text: str, parse_special: bool) -> list[int]:
        """Token ids of a piece of a prompt, nothing added; its special tokens are recognized only if asked."""

    def close(self) -> None:
        """Free memory and processes."""
        self.template.close()
