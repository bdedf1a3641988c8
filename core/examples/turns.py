"""How a chat template writes assistant turns: what it puts before an answer, and what ends it.

Independent of tokenizer and engine: the caller supplies the function that renders messages. Training, scoring and
serving all use this, so a model ends its answers the way it was trained to.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from core.errors import InputError
from core.examples.learning import is_asked, is_learned
from core.examples.messages import message_text
from core.examples.template_fit import fit_to_template, with_reasoning_in_words

Render = Callable[[list[dict], list[dict], bool], str]
"""Renders messages and tools as text; the flag says whether the assistant answers next. Raises InputError."""

_OPENED = re.compile(r"([<\[])(\|?)(think|thinking|reasoning|thought)(\|?[>\]])(\s*)$", re.IGNORECASE)
"""A tag that opens reasoning at the end of a prompt: `<think>`, `[THINK]` and the like."""
_LONGEST_TAG = 40
_ASKED, _ANSWERED = "Is it so?", "It is so."


@dataclass(frozen=True)
class Written:
    """A conversation as text: its prompt, the character ranges of earlier answers to learn, the answer and its end.

    `is_plain`: the answer is the message's own text, without anything the template adds. Two surprises are counted:
    `rewritten` earlier answers, which the template writes differently later on, and `closed`, if the prompt opens with
    reasoning and the answer has none.
    """

    prompt: str
    earlier: tuple[tuple[int, int], ...]
    answer: str
    end: str
    is_plain: bool = True
    rewritten: int = 0
    closed: bool = False


class Turns:
    """Assistant turns in one chat template. `controls` are the texts of special tokens, `eos` is the end token's."""

    def __init__(self, template: str, render: Render, controls: Iterable[str], eos: str | None):
        self._template = template
        self._rendered = render
        self._eos = eos or ""
        longest_first = sorted(filter(None, {*controls, self._eos}), key=len, reverse=True)
        self._controls = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    @property
    def end(self) -> str:
        """What ends an answer: the template's own mark, otherwise the end token. Raises InputError without either."""
        if not self.mark:
            raise InputError(
                "The tokenizer has no end token, so the model could never stop.", "Use another base model."
            )
        return self.mark

    @property
    def mark(self) -> str:
        """Like `end`, but "" without either."""
        return self._frame[2] or self._eos

    def fitted(self, messages: list[dict], tools: list[dict]) -> tuple[list[dict], list[dict]]:
        """See `fit_to_template`."""
        return fit_to_template(messages, tools, self._template, self._prompt)

    def written(self, messages: list[dict], tools: list[dict], earlier: bool = True) -> Written:
        """A conversation whose last message is the answer. Raises InputError if the template refuses it.

        An earlier answer is learned if someone asked for it and if it appears in the prompt exactly as the model would
        have written it. `earlier=False` learns none of them.
        """
        fitted, tools = self.fitted(_marked(messages), tools)
        prompt = self._prompt(fitted[:-1], tools)
        places = [place for place, message in enumerate(fitted[:-1]) if is_learned(message)] if earlier else []
        spans = [self._span(fitted, tools, place, prompt) for place in places]
        answer, end, is_plain = self._answer(fitted, tools, prompt)
        opened = _opened(prompt)
        closed = bool(opened) and answer.lstrip().startswith(_close(opened))
        return Written(prompt, tuple(filter(None, spans)), answer, end, is_plain, spans.count(None), closed)

    def _prompt(self, messages: list[dict], tools: list[dict]) -> str:
        return self._render(messages, tools, answering=True)

    def _render(self, messages: list[dict], tools: list[dict], answering: bool) -> str:
        if any("weight" in message for message in messages):
            messages = [{name: value for name, value in one.items() if name != "weight"} for one in messages]
        return self._rendered(messages, tools, answering)

    @cached_property
    def _frame(self) -> tuple[str | None, str, str]:
        """The template's frame of a plain answer: the end of its prompt, what precedes the answer, what ends it.

        The first is None if the prompt is not a prefix of the rendered conversation.
        """
        asked, answered = {"role": "user", "content": _ASKED}, {"role": "assistant", "content": _ANSWERED}
        try:
            prompt = self._prompt([asked], [])
            whole = self._render([asked, answered], [], answering=False)
        except InputError:
            return None, "", ""
        if (place := whole.rfind(_ANSWERED)) < 0:
            return None, "", ""
        end = self._end_in(whole[place + len(_ANSWERED) :])
        if not whole.startswith(prompt) or place < len(prompt):
            return None, "", end
        return prompt[prompt.rfind(_ASKED) + len(_ASKED) :], whole[len(prompt) : place], end

    def _end_in(self, tail: str) -> str:
        """The end of a turn in the text after an answer: up to the first special token, or all but trailing space."""
        mark = self._controls.search(tail)
        return tail[: mark.end()] if mark else tail.rstrip()

    def _answer(self, fitted: list[dict], tools: list[dict], prompt: str) -> tuple[str, str, bool]:
        """The last message as it follows its prompt, its end, and whether the template added nothing to it."""
        message, (opening, before, _) = fitted[-1], self._frame
        content = message["content"]
        is_simple = content and content == content.strip() and not _has_more(message)
        if is_simple and opening is not None and prompt.endswith(opening):
            return before + content, self.end, not before.strip()
        try:
            whole = self._render(fitted, tools, answering=False)
        except InputError:  # some templates refuse a conversation that ends with an answer
            whole = ""
        if whole.startswith(prompt) and content.strip() and (turn := self._turn(whole[len(prompt) :], message)):
            return turn[0], turn[1] or self.end, False
        if whole.startswith(prompt) and "tool_calls" in message:
            return *self._call(whole[len(prompt) :]), False
        return _in_words(message, prompt), self.end, True

    def _turn(self, said: str, message: dict) -> tuple[str, str] | None:
        """A turn as the template wrote it, and its end; None if the template left out some of its words."""
        if "tool_calls" in message:
            return self._call(said) if message["content"].strip() in said else None
        answer = message["content"].rpartition("</think>")[2].strip()
        place = said.rfind(answer)
        if not answer or place < 0 or not all(words in said for words in _thoughts(message)):
            return None
        place += len(answer)
        return said[:place], self._end_in(said[place:])

    def _call(self, said: str) -> tuple[str, str]:
        if (place := said.rfind(self.end)) >= 0:
            return said[:place], self.end
        said, end, _ = said.partition(self._eos) if self._eos else (said, "", "")
        return (said, end) if end else (said.rstrip(), "")

    def _span(self, messages: list[dict], tools: list[dict], place: int, prompt: str) -> tuple[int, int] | None:
        """The character range of the turn at `place` in `prompt`, with its end; None if it was rewritten there."""
        try:
            before = self._prompt(messages[:place], tools)
            after = self._render(messages[: place + 1], tools, answering=False)
        except InputError:  # a conversation that the template refuses can never have been a prompt
            return None
        turn = self._turn(after[len(before) :], messages[place]) if after.startswith(before) else None
        if turn is None:
            return None
        whole, end = before + turn[0], turn[1]
        if prompt.startswith(whole) and not prompt.startswith(whole + end):  # the last turn may end differently
            mark = self._controls.match(prompt, len(whole))
            end = mark[0] if mark else None
        return (len(before), len(whole + end)) if end is not None and prompt.startswith(whole) else None


def _marked(messages: list[dict]) -> list[dict]:
    """The messages, with weight 0 on each earlier assistant turn that teaches nothing."""
    marked = [
        {**message, "weight": 0}
        if message["role"] == "assistant" and not (is_learned(message) and is_asked(messages[:place]))
        else message
        for place, message in enumerate(messages[:-1])
    ]
    return [*marked, {name: value for name, value in messages[-1].items() if name != "weight"}]


def _has_more(message: dict) -> bool:
    """Whether a message has fields or reasoning that templates render in their own way."""
    return len(message) > 2 or "think" in message["content"].lower()


def _thoughts(message: dict) -> list[str]:
    """The reasoning of a message, from its fields and from its text."""
    inside = message["content"].rpartition("</think>")[0].replace("<think>", "").strip()
    return [str(value).strip() for name, value in message.items() if name not in ("role", "content")] + [inside]


def _in_words(message: dict, prompt: str) -> str:
    """A message's text after a prompt, with its reasoning. If the prompt has opened reasoning already, the text does
    not open it twice, and always closes it."""
    said = message_text(with_reasoning_in_words(message, ""))
    opened = _opened(prompt)
    if not opened:
        return said
    tag, space, close = "".join(opened.group(1, 2, 3, 4)), opened[5], _close(opened)
    text = said.lstrip()
    for beginning in (tag, "<think>"):
        if text.startswith(beginning):
            rest = text[len(beginning) :].replace("</think>", close, 1)
            return rest.lstrip("\n") if space else rest
    if close in said:
        return said
    return f"{close}\n\n{said}"


def _opened(prompt: str) -> re.Match | None:
    """The tag that opens reasoning at the end of a prompt, if any."""
    return _OPENED.search(prompt[-_LONGEST_TAG:])


def _close(opened: re.Match) -> str:
    """The tag that closes the reasoning that a prompt opened."""
    tag = "".join(opened.group(1, 2, 3, 4))
    return f"{tag[0]}/{tag[1:]}"
