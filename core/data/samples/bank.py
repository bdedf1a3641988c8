"""The shape of a sample bank: what a domain knows, and how people ask about it.

Texts in a bank use two marks. `[one|another]` stands for either wording. In questions, braces are filled in:

- `{t}` is the topic's name with its article, `{k}` the same without it, `{v}` what one does about it ("return it")
- `{is}`, `{does}`, `{has}`, `{they}`, `{them}`, `{their}` agree with the topic: is or are, it or they, and so on
- `{q}` is a whole question, `{n}` a noun phrase, `{f}` a follow-up, `{w}` a keyword, each of the aspect asked about
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """One subject: its names, and for each aspect the facts an expert would give, always in the same order."""

    names: tuple[str, ...]
    facts: dict[str, str]
    plural: bool = False
    actions: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Aspect:
    """One side of every topic of a domain, in the ways people ask about it."""

    questions: tuple[str, ...]
    nouns: tuple[str, ...]
    follow_ups: tuple[str, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Bank:
    """A domain: its notice, its topics, their aspects, and the (instruction, input) frames that carry a question."""

    notice: str
    topics: dict[str, Topic]
    aspects: dict[str, Aspect]
    frames: tuple[tuple[str, str], ...]
