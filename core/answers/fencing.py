"""Texts of others within a prompt, fenced so that nothing inside them can pass for the prompt's own words."""

import hashlib
import re
from collections.abc import Mapping
from itertools import count

from core.values import mended

_CONTROL = re.compile(
    r"<[|｜][^<>|｜\s]{1,40}[|｜]>|\[\|[^\[\]|\s]{1,40}\|\]"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_(?:CALLS|RESULTS|CONTENT)|CALL_ID|ARGS|THINK)\]"
    r"|\[[gs]?MASK\]|<</?SYS>>|<(?:start|end)_of_\w{1,20}>|</?s>|<(?:[se]op|bos|eos|pad|unk|mask)>"
)
"""How chat templates write what begins and ends a turn, a tool call or a prompt (those of Llama, Qwen, DeepSeek, whose
bars are full-width, EXAONE, Mistral, GLM, Gemma): a tokenizer reads these as control tokens in any text."""
_JOINER = "\u2060"
"""Word joiner: invisible, and no part of a control token."""


def fenced(texts: Mapping[str, str]) -> tuple[str, str]:
    """The texts by name, each between two lines with a mark that none of them contains; and that mark.

    The mark is a hash of the texts, so that whoever wrote one cannot have known it, and the same texts give the same
    prompt. Control tokens of chat templates are broken by an invisible character.
    """
    plain = {
        name: _CONTROL.sub(lambda found: found[0][0] + _JOINER + found[0][1:], mended(text))
        for name, text in texts.items()
    }
    whole = "\0".join(f"{name}\0{text}" for name, text in plain.items())
    marks = (hashlib.sha256(f"{number}\0{whole}".encode("utf-8", "replace")).hexdigest()[:16] for number in count())
    mark = next(mark for mark in marks if mark not in whole)
    blocks = (f"[{name} {mark}]\n{text}\n[end of {name} {mark}]" for name, text in plain.items())
    return "\n\n".join(blocks), mark
