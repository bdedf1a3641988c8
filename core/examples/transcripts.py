"""Conversations written as one text: in a model's chat template, under headings, or line by line."""

import re
from collections.abc import Callable

from core.examples.speakers import SPEAKER_ROLES

_TAG = re.compile(
    r"<\|im_start\|>\s*(\w+)[ \t]*\n?|<\|start_header_id\|>\s*(\w+)\s*<\|end_header_id\|>\s*"
    r"|<start_of_turn>\s*(\w+)[ \t]*\n?|<[|｜]([Ss]ystem|[Uu]ser|[Aa]ssistant)[|｜]>[ \t]*\n?"
)
"""Speaker tags of ChatML and the templates of Llama 3, Gemma, Zephyr, Phi and DeepSeek."""
_BEGINNING = re.compile(r"(?:\s*(?:<s>|<bos>|<\|begin_of_text\|>|<\|endoftext\|>))*\s*")
_ENDS = (
    "<s>", "</s>", "<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>", "<|endoftext|>", "<|end_of_text|>", "<eos>",
    "<｜end▁of▁sentence｜>",
)  # fmt: skip
"""Tokens that end a turn. They are removed one by one, not by a pattern: white space before them may be very long."""
_INST, _SYSTEM = re.compile(r"\[INST\]|\[/INST\]"), re.compile(r"\s*<<SYS>>(.*?)<</SYS>>", re.DOTALL)
_SPEAKER = re.compile(
    r"(?:(?:^|\n)[ \t]*(?:#+[ \t]*|\*\*)?|###[ \t]*)(System|Human|User|Assistant|AI|Bot|GPT)(?:\*\*)?:(?:\*\*)?[ \t]*",
    re.IGNORECASE,
)
_INLINE = re.compile(r"(?:^|\s|</s>)(USER|ASSISTANT):\s*")
_MARK = re.compile(
    r"(?:^|\n)[ \t]*#{2,4}[ \t]*(Instruction|Question|Input|Context|Response|Answer|Output):[ \t]*\n?", re.IGNORECASE
)
_PAIR = re.compile(r"(?:^|\n)[ \t]*(?:\*\*)?(Q|Question|A|Answer):(?:\*\*)?[ \t]*", re.IGNORECASE)
_MARKS = {"instruction": "user", "question": "user", "q": "user", "input": "more", "context": "more",
          "a": "assistant", "response": "assistant", "answer": "assistant", "output": "assistant"}  # fmt: skip
_USUAL_PREFACE = "below is an instruction"
_LONGEST_PREFACE = 600
_NAMED = re.compile(r"(?:^|\n)[ \t]*([^\W\d_][\w .'’-]{0,30}):[ \t]+")
_USERS = frozenset({*(name for name, role in SPEAKER_ROLES.items() if role == "user"), "you", "me", "player"})


def is_transcript(value: object) -> bool:
    """Whether a text is a transcript, such as `Human: …` followed by `Assistant: …`."""
    return isinstance(value, str) and _form_of(value.strip()) is not None


def read_transcript(text: str) -> list[dict]:
    """The messages in a transcript; the role of an unknown speaker is None."""
    text = text.strip()
    return _form_of(text)(text)


def without_end(text: str) -> str:
    """A text without the tokens that end a turn: the template writes its own."""
    cut = text.rstrip()
    while end := next((end for end in _ENDS if cut.endswith(end)), None):
        text = cut = cut.removesuffix(end).rstrip()
    return text


def _form_of(text: str) -> Callable[[str], list[dict]] | None:
    """The function that reads a transcript of this form; None if it is not a transcript."""
    start = _BEGINNING.match(text).end()
    if _TAG.match(text, start):
        return _of_tags
    if text.startswith("[INST]", start) or text.startswith("<<SYS>>", start):
        return _of_inst
    if _SPEAKER.match(text) and {"user", "assistant"} <= {
        SPEAKER_ROLES[name.lower()] for name in _SPEAKER.findall(text)
    }:
        return _of_speakers
    if "ASSISTANT:" in text and (first := _INLINE.search(text)) and first[1] == "USER":
        return _of_inline
    if "##" in text and _has_marks(text):
        return _of_marks
    if (pair := _PAIR.match(text)) and _is_question(pair[1]) and not all(map(_is_question, _PAIR.findall(text))):
        return _of_pairs
    return _of_names if _has_names(text) else None


def _of_tags(text: str) -> list[dict]:
    messages = []
    tags = list(_TAG.finditer(text))
    for tag, end in zip(tags, [*(tag.start() for tag in tags[1:]), len(text)], strict=True):
        name = next(filter(None, tag.groups()))
        messages.append({"role": SPEAKER_ROLES.get(name.lower()), "content": _clean(text[tag.end() : end])})
    return messages


def _of_inst(text: str) -> list[dict]:
    """Llama 2 and Mistral: the question is between `[INST]` and `[/INST]`, the answer follows."""
    messages = []
    before, *pieces = _INST.split(text[_BEGINNING.match(text).end() :])
    for place, piece in enumerate(pieces):
        if place == 0 and (system := _SYSTEM.match(before + piece)):
            messages.append({"role": "system", "content": system[1].strip()})
            piece = (before + piece)[system.end() :]
        if place % 2 == 0 or _clean(piece):
            messages.append({"role": ("user", "assistant")[place % 2], "content": _clean(piece)})
    return messages


def _of_speakers(text: str) -> list[dict]:
    parts = _SPEAKER.split(text)
    turns = zip(parts[1::2], parts[2::2], strict=True)
    return [{"role": SPEAKER_ROLES[name.lower()], "content": _clean(content)} for name, content in turns]


def _of_inline(text: str) -> list[dict]:
    """Vicuna: all turns on one line, after the system prompt."""
    about, *parts = _INLINE.split(text)
    system = [{"role": "system", "content": _clean(about)}] if _clean(about) else []
    turns = zip(parts[::2], parts[1::2], strict=True)
    return system + [{"role": SPEAKER_ROLES[name.lower()], "content": _clean(content)} for name, content in turns]


def _is_question(mark: str) -> bool:
    return _MARKS[mark.lower()] == "user"


def _of_pairs(text: str) -> list[dict]:
    parts = _PAIR.split(text)
    turns = zip(parts[1::2], parts[2::2], strict=True)
    return [{"role": _MARKS[name.lower()], "content": _clean(content)} for name, content in turns]


def _has_marks(text: str) -> bool:
    """Whether a text comes from a template such as Alpaca's, with instruction and response under headings."""
    first = _MARK.search(text)
    if not first or first.start() > _LONGEST_PREFACE or _MARKS[first[1].lower()] == "assistant":
        return False
    return {"user", "assistant"} <= {_MARKS[name.lower()] for name in _MARK.findall(text)}


def _of_marks(text: str) -> list[dict]:
    preface, *parts = _MARK.split(text)
    messages = []
    if preface.strip() and not preface.strip().lower().startswith(_USUAL_PREFACE):
        messages.append({"role": "system", "content": _clean(preface)})
    for name, content in zip(parts[::2], map(_clean, parts[1::2]), strict=True):
        role = _MARKS[name.lower()]
        if role != "assistant" and messages and messages[-1]["role"] == "user":  # context may come first or last
            messages[-1]["content"] = "\n".join(filter(None, [messages[-1]["content"], content]))
        else:
            messages.append({"role": "user" if role == "more" else role, "content": content})
    return messages


def _has_names(text: str) -> bool:
    """Whether a user and one other speaker, of any name, take turns; text above them is the system prompt."""
    names = _named(text)
    others = {name for name in names if name not in _USERS}
    in_turn = all((name in _USERS) == (place % 2 == 0) for place, name in enumerate(names))
    return len(others) == 1 and in_turn and (len(names) > 3 or "</s>" in text)


def _named(text: str) -> list[str]:
    """The speakers in order, starting with the first user turn."""
    names = [name.strip().lower() for name in _NAMED.findall(text)]
    start = next((place for place, name in enumerate(names) if name in _USERS), len(names))
    return names[start:]


def _of_names(text: str) -> list[dict]:
    lines = list(_NAMED.finditer(text))
    lines = lines[len(lines) - len(_named(text)) :]
    about = _clean(text[: lines[0].start()])
    messages = [{"role": "system", "content": about}] if about else []
    for line, end in zip(lines, [*(line.start() for line in lines[1:]), len(text)], strict=True):
        role = "user" if line[1].strip().lower() in _USERS else "assistant"
        messages.append({"role": role, "content": _clean(text[line.end() : end])})
    return messages


def _clean(text: str) -> str:
    return without_end(text).strip()
