"""Prompts: the one way that training, scoring, previews and every engine turn messages into what a model reads.

A model answers well only to prompts like those it was trained on, so nothing else in the project builds a prompt. Takes
a Hugging Face tokenizer, but loads no ML library itself. Templates render in the sandbox of Transformers.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from core.errors import InputError
from core.examples.turns import Turns

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PLAIN_TEMPLATE = (
    "{{- bos_token -}}"
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'system' -%}{{- message['content'] + '\n\n' -}}"
    "{%- elif message['role'] == 'user' -%}{{- '### Instruction:\n' + message['content'] + '\n\n' -}}"
    "{%- else -%}{{- '### Response:\n' + message['content'] + eos_token + '\n\n' -}}{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '### Response:\n' -}}{%- endif -%}"
)
"""The chat template for base models without one: instruction and response under headings."""


def chat_template(tokenizer: "PreTrainedTokenizerBase") -> str:
    """The template that renders prompts: the model's own, or the plain one."""
    template = tokenizer.chat_template
    if isinstance(template, dict):  # several by name; only the default one is for answering
        template = template.get("default")
    return template or PLAIN_TEMPLATE


def render_prompt(tokenizer: "PreTrainedTokenizerBase", messages: list[dict], tools: list[dict] | None = None) -> str:
    """`messages` as the text that the model continues. Raises InputError if the template refuses them."""
    return _render(tokenizer, messages, tools or [], answering=True)


def _render(tokenizer: "PreTrainedTokenizerBase", messages: list[dict], tools: list[dict], answering: bool) -> str:
    from jinja2 import TemplateError

    try:
        return tokenizer.apply_chat_template(
            messages,
            tools=tools or None,
            chat_template=chat_template(tokenizer),
            tokenize=False,
            add_generation_prompt=answering,
        )
    except (TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        raise InputError(
            f"The model's chat template cannot render these messages: {error}.",
            "Leave out the system prompt, let user and assistant take turns, or use a model whose template accepts it.",
        ) from error


def prompt_ids(tokenizer: "PreTrainedTokenizerBase", messages: list[dict]) -> list[int]:
    """The token ids of `render_prompt`. The template writes its own special tokens, so none are added."""
    return tokenizer.encode(render_prompt(tokenizer, messages), add_special_tokens=False)


def answer_ids(tokenizer: "PreTrainedTokenizerBase", answer: str) -> list[int]:
    """The token ids that follow a prompt: the answer and the end of its turn. Raises InputError if there is no end."""
    return tokenizer.encode(answer + template_turns(tokenizer).end, add_special_tokens=False)


def template_turns(tokenizer: "PreTrainedTokenizerBase") -> Turns:
    """How the tokenizer's chat template writes turns."""
    return _turns_of(tokenizer, chat_template(tokenizer), tokenizer.eos_token)


@lru_cache(maxsize=4)
def _turns_of(tokenizer: "PreTrainedTokenizerBase", template: str, eos: str | None) -> Turns:
    def render(messages: list[dict], tools: list[dict], answering: bool) -> str:
        return _render(tokenizer, messages, tools, answering)

    return Turns(template, render, special_texts(tokenizer), eos)


def special_texts(tokenizer: "PreTrainedTokenizerBase") -> list[str]:
    """The texts of all special tokens."""
    added = (token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
    return [*tokenizer.all_special_tokens, *added]


def end_ids(tokenizer: "PreTrainedTokenizerBase") -> set[int]:
    """The special tokens that end an answer: the end-of-sequence token, and the template's end of a turn."""
    mark = template_turns(tokenizer).mark.strip()
    special = [tokenizer.convert_tokens_to_ids(mark)] if mark in special_texts(tokenizer) else []
    return {tokenizer.eos_token_id, *special} - {None}


def end_text(tokenizer: "PreTrainedTokenizerBase") -> str:
    """The text that the chat template ends a turn with if that is not a special token, otherwise ""."""
    mark = template_turns(tokenizer).mark.strip()
    return "" if mark in special_texts(tokenizer) else mark
