"""The structure of a sample bank: the facts of a domain, and the ways to ask about them.

Texts in a bank use two kinds of markup. `[one|another]` means either wording. In questions, braces are filled in:

- `{t}` is the topic's name with its article, `{k}` the same without it, `{v}` an action ("return it")
- `{is}`, `{does}`, `{has}`, `{they}`, `{them}`, `{their}` agree with the topic: is or are, it or they, and so on
- `{q}` is a whole question, `{n}` a noun phrase, `{f}` a follow-up, `{w}` a keyword, all of the aspect asked about
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """One topic: its names, and for each aspect the facts that an expert would give, always in the same order."""

    names: tuple[str, ...]
    facts: dict[str, str]
    plural: bool = False
    actions: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Aspect:
    """One aspect of every topic in a domain, with the ways to ask about it."""

    questions: tuple[str, ...]
    nouns: tuple[str, ...]
    follow_ups: tuple[str, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Bank:
    """A domain: its notice, its topics, their aspects, and the (instruction, input) frames of questions."""

    notice: str
    topics: dict[str, Topic]
    aspects: dict[str, Aspect]
    frames: tuple[tuple[str, str], ...]
