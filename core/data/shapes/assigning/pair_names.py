"""Column names that come in pairs, and values that name one of a pair (`response_b`, `tie`)."""

import re

from core.examples.roles import OPPOSITES, plain_name

_OTHER_SIDE = {"a": "b", "0": "1", "1": "2", "one": "two", "first": "second", "left": "right"}
_NEITHER = frozenset({"tie", "both", "neither", "none", "equal", "same", "draw", "bothbad"})
_SAYS_WHICH = frozenset({
    "winner", "preferred", "preference", "better", "best", "choice", "chosen", "safer", "label", "vote", "selected",
    "verdict", "favorite", "gewinner", "besser",
})  # fmt: skip
_ANSWER = frozenset({"response", "answer", "output", "completion", "reply", "text", "message", "antwort", "ausgabe"})
_SURPASSING = frozenset({
    "corrected", "correct", "human", "edited", "revised", "improved", "fixed", "verified", "gold",
    "korrigiert", "korrigierte", "richtige",
})  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+|\d+")


def opposites(names: list[str]) -> list[tuple[str, str]]:
    """Pairs of names that are opposites (`good answer`, `bad answer`), the chosen one first."""
    named = {" ".join(word for word in words_of(name) if word not in _ANSWER): name for name in names}
    return [(named[one], named[two]) for one, two in sorted(OPPOSITES) if one in named and two in named]


def answer_pairs(names: list[str]) -> list[tuple[str, str]]:
    """The `counterparts` whose names mean answers."""
    return [(one, two) for one, two in counterparts(names) if set(words_of(one)) & _ANSWER]


def better_and_other(names: list[str]) -> tuple[str, str] | None:
    """An answer column whose name says it is improved (`corrected answer`), with one whose name does not; else None."""
    answers = [name for name in names if set(words_of(name)) & _ANSWER - {"text", "message"}]
    better = [name for name in answers if set(words_of(name)) & _SURPASSING]
    other = [name for name in answers if name not in better]
    return (better[0], other[0]) if better and other else None


def counterparts(names: list[str]) -> list[tuple[str, str]]:
    """Pairs of names that differ only in which answer they mean (`response_a`, `response_b`)."""
    named = {tuple(words_of(name)): name for name in names}
    found = []
    for words, name in named.items():
        for place, word in enumerate(words if len(words) > 1 else ()):
            other = (*words[:place], _OTHER_SIDE.get(word), *words[place + 1 :])
            if other in named:
                found.append((name, named[other]))
    return found


def j_and_k(names: list[str]) -> list[tuple[str, str]]:
    """Pairs of answer names that end in j and k; by convention j is the better answer."""
    named = {tuple(words_of(name)): name for name in names}
    return [
        (name, named[*words[:-1], "k"])
        for words, name in named.items()
        if words[-1:] == ("j",) and set(words) & _ANSWER and (*words[:-1], "k") in named
    ]


def names_winners(name: str, values: list, one: str, two: str) -> bool:
    """Whether every value of a column names `one`, `two` or a tie, and its name suggests a winner."""
    said = {winner(value, one, two) for value in values}
    return bool(_SAYS_WHICH & set(words_of(name))) and bool(said & {0, 1}) and None not in said


def winner(value: object, one: str, two: str) -> int | None:
    """0 or 1 for the answer that `value` names, -1 for a tie, None where it names neither."""
    said, places = words_of(str(value)), (words_of(one), words_of(two))
    if said and said[0] in _NEITHER:
        return -1
    for place, words in enumerate(places):
        marks = [word for word in words if word not in places[1 - place]]  # `b` in `response_b`
        if said == words or said[-1:] == marks and set(said[:-1]) <= {*words, *_ANSWER, "model", "option"}:
            return place
    return None


def words_of(name: str) -> list[str]:
    """The words and numbers in a name, normalized: `Response_B2` → response, b, 2."""
    return _WORD.findall(plain_name(name))
