"""How an example becomes tokens: the one way that training, scoring, previews and every engine share.

A model answers well only to prompts built as those it was trained on, so nothing else in the project builds a prompt.
Takes a Hugging Face tokenizer; loads no ML library itself. Templates render in the sandbox of Transformers.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from core.errors import InputError
from core.examples.example import conversation, shape_of
from core.examples.turns import Turns, Written
from core.shape import Shape

_AT_ONCE = 256

PLAIN_TEMPLATE = (
    "{{- bos_token -}}"
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'system' -%}{{- message['content'] + '\n\n' -}}"
    "{%- elif message['role'] == 'user' -%}{{- '### Instruction:\n' + message['content'] + '\n\n' -}}"
    "{%- else -%}{{- '### Response:\n' + message['content'] + eos_token + '\n\n' -}}{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '### Response:\n' -}}{%- endif -%}"
)
"""The chat template of a base model that has none: instruction and response under headings."""


def chat_template(tokenizer) -> str:
    """The template that prompts are rendered with: the model's own, or the plain one."""
    template = tokenizer.chat_template
    if isinstance(template, dict):  # several named ones; only the default is for answering
        template = template.get("default")
    return template or PLAIN_TEMPLATE


def render_prompt(tokenizer, messages: list[dict], tools: list[dict] | None = None) -> str:
    """`messages` as the text after which the model answers. Raises InputError when the template refuses them."""
    return _render(tokenizer, messages, tools or [], answering=True)


def _render(tokenizer, messages: list[dict], tools: list[dict], answering: bool) -> str:
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
            "Leave out the system prompt, let user and assistant take turns, or use a model whose template takes it.",
        ) from error


def prompt_ids(tokenizer, messages: list[dict]) -> list[int]:
    """The token ids of `render_prompt`. The template writes its own special tokens, so none are added."""
    return tokenizer.encode(render_prompt(tokenizer, messages), add_special_tokens=False)


def answer_ids(tokenizer, answer: str) -> list[int]:
    """The token ids that follow a prompt: the answer, then what ends its turn. Raises InputError when nothing does."""
    return tokenizer.encode(answer + turns_of(tokenizer).end, add_special_tokens=False)


def turns_of(tokenizer) -> Turns:
    """How the tokenizer's chat template writes turns."""
    return _turns_of(tokenizer, chat_template(tokenizer), tokenizer.eos_token)


@lru_cache(maxsize=4)
def _turns_of(tokenizer, template: str, eos: str | None) -> Turns:
    def render(messages: list[dict], tools: list[dict], answering: bool) -> str:
        return _render(tokenizer, messages, tools, answering)

    return Turns(template, render, special_texts(tokenizer), eos)


def special_texts(tokenizer) -> list[str]:
    """The texts of the tokens that mean something to a model and are not words."""
    added = (token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
    return [*tokenizer.all_special_tokens, *added]


def end_ids(tokenizer) -> set[int]:
    """The special tokens after which an answer is over: the end token, and what the chat template ends a turn with."""
    mark = turns_of(tokenizer).mark.strip()
    special = [tokenizer.convert_tokens_to_ids(mark)] if mark in special_texts(tokenizer) else []
    return {tokenizer.eos_token_id, *special} - {None}


def end_text(tokenizer) -> str:
    """What the chat template ends a turn with where that is no special token but text, else ""."""
    mark = turns_of(tokenizer).mark.strip()
    return "" if mark in special_texts(tokenizer) else mark


# --- Whole examples


@dataclass(frozen=True)
class Encoded:
    """An example as token ids. `counted` are the half-open ranges of them that are learned from, in order; the last
    one is the answer with its end token and reaches to the end. `rewritten` and `closed` are as of `Written`."""

    ids: list[int]
    counted: tuple[tuple[int, int], ...]
    rewritten: int = 0
    closed: bool = False

    @property
    def prompt(self) -> list[int]:
        """What the model reads before its (last) answer."""
        return self.ids[: self.counted[-1][0]]

    @property
    def answer(self) -> list[int]:
        """The (last) answer and the end token."""
        return self.ids[self.counted[-1][0] :]


def encode_examples(tokenizer, examples: Iterable[dict]) -> Iterable[Encoded]:
    """The examples as the model sees them in training, whatever their shape.

    The prompt's tokens are those of inference, and the answer's are put behind them, so one is always a prefix of the
    whole. Of a conversation every turn of the assistant counts that stands in the prompt of the last one as the model
    saw it when it had to write it (templates may rewrite earlier turns: those that they do count for nothing). Of a
    text all tokens count but the first, which nothing precedes. Raises InputError when the template refuses the
    messages or the tokenizer has no end token.
    """
    turns, examples = turns_of(tokenizer), iter(examples)
    own_space, end_token = _own_space(tokenizer), _EndToken(tokenizer)
    while written := [_written(tokenizer, turns, example) for example in islice(examples, _AT_ONCE)]:
        prompts = _tokens(tokenizer, [one.prompt for one in written], offsets=any(one.earlier for one in written))
        ends = [end_token[one.end] for one in written]
        said = [one.answer if end else one.answer + one.end for one, end in zip(written, ends, strict=True)]
        answers = _tokens(tokenizer, [text.removeprefix(own_space) for text in said])
        for number, one in enumerate(written):
            prompt, answer = prompts["input_ids"][number], answers["input_ids"][number] + ends[number]
            earlier = ()
            if one.earlier:
                earlier = _token_ranges(prompts["offset_mapping"][number], one.earlier)
            counted = (*earlier, (max(1, len(prompt)), len(prompt) + len(answer)))
            yield Encoded([*prompt, *answer], counted, one.rewritten, one.closed)


def _tokens(tokenizer, texts: list[str], offsets: bool = False):
    return tokenizer(
        texts, add_special_tokens=False, return_attention_mask=False, return_token_type_ids=False,
        return_offsets_mapping=offsets, verbose=False,
    )  # fmt: skip


class _EndToken(dict):
    """The end of a turn as the one token that it is; none where it is several, which depend on the answer before."""

    def __init__(self, tokenizer):
        self._tokenizer = tokenizer

    def __missing__(self, end: str) -> list[int]:
        ids = self._tokenizer.encode(end, add_special_tokens=False)
        self[end] = ids if len(ids) == 1 else []
        return self[end]


def _own_space(tokenizer) -> str:
    """The space that some tokenizers put before any text, so that an answer must not begin with it again."""
    first, *_ = tokenizer.convert_ids_to_tokens(tokenizer.encode("a", add_special_tokens=False))
    return " " if first.startswith("▁") else ""


def _token_ranges(offsets: list[tuple[int, int]], spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The tokens that lie wholly in each range of characters; a token that reaches over its edge is left out."""
    ranges, token = [], 0
    for start, end in spans:
        while token < len(offsets) and offsets[token][0] < start:
            token += 1
        first = token
        while token < len(offsets) and offsets[token][1] <= end:
            token += 1
        if token > first:
            ranges.append((first, token))
    return tuple(ranges)


def _written(tokenizer, turns: Turns, example: dict) -> Written:
    try:
        if (shape := shape_of(example)) is Shape.TEXT:
            return Written(_opening(tokenizer), (), example["text"], _end_token(tokenizer))
        earlier = shape is Shape.CHAT and tokenizer.is_fast
        return turns.written(conversation(example), json.loads(example.get("tools") or "[]"), earlier)
    except InputError as error:
        if "row" not in example:
            raise
        raise InputError(f"Row {example['row']}: {error.message}", error.remedy) from error


def _opening(tokenizer) -> str:
    """What stands before a text that is no answer: the first token of models that have one."""
    first = tokenizer.bos_token
    return first if first and tokenizer.encode("a")[0] == tokenizer.bos_token_id else ""


def _end_token(tokenizer) -> str:
    if tokenizer.eos_token is None:
        raise InputError("The tokenizer names no end token, so the model could never stop.", "Use another base model.")
    return tokenizer.eos_token
