"""How an example becomes tokens: the one way that training, scoring, previews and every engine share.

A model answers well only to prompts built as those it was trained on, so nothing else in the project builds a prompt.
Takes a Hugging Face tokenizer; loads no ML library itself. Templates render in the sandbox of Transformers.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from core.data.shapes import asked_and_answered, conversation, shape_of
from core.data.shapes.messages import spoken
from core.errors import InputError
from core.jobs import Shape
from core.models.template_fit import fit_to_template

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
    """The token ids that follow a prompt: the answer, then the end token. Raises InputError when there is none."""
    return [*tokenizer.encode(answer, add_special_tokens=False), _end_token(tokenizer)]


def _end_token(tokenizer) -> int:
    if tokenizer.eos_token_id is None:
        raise InputError("The tokenizer names no end token, so the model could never stop.", "Use another base model.")
    return tokenizer.eos_token_id


# --- Whole examples


@dataclass(frozen=True)
class Encoded:
    """An example as token ids. `counted` are the half-open ranges of them that are learned from, in order; the last
    one is the answer with its end token and reaches to the end."""

    ids: list[int]
    counted: tuple[tuple[int, int], ...]

    @property
    def prompt(self) -> list[int]:
        """What the model reads before its (last) answer."""
        return self.ids[: self.counted[-1][0]]

    @property
    def answer(self) -> list[int]:
        """The (last) answer and the end token."""
        return self.ids[self.counted[-1][0] :]


@dataclass(frozen=True)
class _Written:
    """An example as text: the prompt, the character ranges in it of earlier answers, and the answer without its end."""

    prompt: str
    earlier: tuple[tuple[int, int], ...]
    answer: str


def encode_examples(tokenizer, examples: Iterable[dict]) -> Iterable[Encoded]:
    """The examples as the model sees them in training, whatever their shape.

    The prompt's tokens are those of inference, and the answer's are put behind them, so one is always a prefix of the
    whole. Of a conversation every turn of the assistant counts that stands in the prompt of the last one as the model
    saw it when it had to write it (templates may rewrite earlier turns: those that they do count for nothing). Of a
    text all tokens count but the first, which nothing precedes. Raises InputError when the template refuses the
    messages or the tokenizer has no end token.
    """
    end, examples = _end_token(tokenizer), iter(examples)
    while written := [_written(tokenizer, example) for example in islice(examples, _AT_ONCE)]:
        prompts = _tokens(tokenizer, [one.prompt for one in written], offsets=any(one.earlier for one in written))
        answers = _tokens(tokenizer, [one.answer for one in written])
        for number, one in enumerate(written):
            prompt, answer = prompts["input_ids"][number], answers["input_ids"][number]
            earlier = ()
            if one.earlier:
                earlier = _token_ranges(prompts["offset_mapping"][number], one.earlier)
            yield Encoded([*prompt, *answer, end], (*earlier, (max(1, len(prompt)), len(prompt) + len(answer) + 1)))


def _tokens(tokenizer, texts: list[str], offsets: bool = False):
    return tokenizer(
        texts, add_special_tokens=False, return_attention_mask=False, return_token_type_ids=False,
        return_offsets_mapping=offsets, verbose=False,
    )  # fmt: skip


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


def _written(tokenizer, example: dict) -> _Written:
    try:
        return _written_by_shape(tokenizer, example)
    except InputError as error:
        if "row" not in example:
            raise
        raise InputError(f"Row {example['row']}: {error.message}", error.remedy) from error


def _written_by_shape(tokenizer, example: dict) -> _Written:
    shape = shape_of(example)
    if shape is Shape.TEXT:
        return _Written(_opening(tokenizer), (), example["text"])
    if shape is Shape.CHAT:
        return _written_chat(tokenizer, conversation(example), json.loads(example.get("tools") or "[]"))
    messages, answer = asked_and_answered(example)
    messages, _ = fit_to_template(messages, [], chat_template(tokenizer), _prompt_renderer(tokenizer))
    return _Written(render_prompt(tokenizer, messages), (), answer)


def _opening(tokenizer) -> str:
    """What stands before a text that is no answer: the first token of models that have one."""
    first = tokenizer.bos_token
    return first if first and tokenizer.encode("a")[0] == tokenizer.bos_token_id else ""


def _prompt_renderer(tokenizer):
    return lambda messages, tools: render_prompt(tokenizer, messages, tools)


def _written_chat(tokenizer, messages: list[dict], tools: list[dict]) -> _Written:
    fitted, tools = fit_to_template(messages, tools, chat_template(tokenizer), _prompt_renderer(tokenizer))
    prompt = render_prompt(tokenizer, fitted[:-1], tools)
    places = [place for place, message in enumerate(fitted[:-1]) if message["role"] == "assistant"]
    earlier = [_turn(tokenizer, fitted, tools, place, prompt) for place in places] if tokenizer.is_fast else []
    answer = fitted[-1]["content"]
    if "tool_calls" in fitted[-1]:
        whole = _render(tokenizer, fitted, tools, answering=False)
        answer = spoken(fitted[-1])
        if whole.startswith(prompt):
            answer = _turn_with_end(tokenizer, whole[len(prompt) :]).removesuffix(tokenizer.eos_token)
    return _Written(prompt, tuple(filter(None, earlier)), answer)


def _turn(tokenizer, messages: list[dict], tools: list[dict], place: int, prompt: str) -> tuple[int, int] | None:
    """Where in `prompt` the turn at `place` stands with its end, if the model would have read just what is before."""
    before = _render(tokenizer, messages[:place], tools, answering=True)
    after = _render(tokenizer, messages[: place + 1], tools, answering=False)
    if not (after.startswith(before) and prompt.startswith(after)):
        return None
    return len(before), len(before) + len(_turn_with_end(tokenizer, after[len(before) :]))


def _turn_with_end(tokenizer, text: str) -> str:
    """What the model writes of a turn: up to the end token, or all of it where the template ends it otherwise."""
    said, end, _ = text.partition(tokenizer.eos_token)
    return said + end if end else text.rstrip()
