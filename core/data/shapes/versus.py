"""Answers side by side: columns whose names say which is better, a third column that does (`winner`), or lists."""

import re
from typing import TYPE_CHECKING

from core.examples.paths import opened
from core.examples.roles import OPPOSITES, plain_name
from core.examples.texts import number_of

if TYPE_CHECKING:
    from core.data.shapes.fitting import Fit

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


_FIGURES = frozenset({
    "score", "scores", "rating", "ratings", "rank", "ranks", "ranking", "rankings", "reward", "rewards", "votes",
    "bewertungen", "punkte", "rang",
})  # fmt: skip
_BEST_IS_LOWEST = frozenset({"rank", "ranks", "ranking", "rankings", "rang"})


def take_sides(fit: "Fit") -> None:
    """Two answers side by side, by names that are opposites, or with a column that says which is better."""
    answers = [column.name for column in fit.table.answers()]
    if len(found := opposites(answers)) == 1:
        for role, name in zip(("chosen", "rejected"), found[0], strict=True):
            fit.take(role, fit.table.column(name))
        return
    for one, two in ranked_by_name(answers):
        fit.mapping |= {"chosen": one, "rejected": two}
        fit.told.append(f"of {one!r} and {two!r} the first is the better, as in the pairs of Stack Exchange")
        return
    for one, two in sides(answers):
        for column in fit.table.all:
            if column.name not in (one, two) and tells_which(column.name, column.values, one, two):
                fit.mapping |= {"chosen": one, "rejected": two, "winner": column.name}
                fit.told.append(f"column {column.name!r} says which of {one!r} and {two!r} is better")
                return


def take_ranked(fit: "Fit") -> None:
    """Answers in one list: with a figure for each in another list, or two of which the better one is first."""
    if fit.mapping or {"output", "chosen", "rejected"} & fit.table.asked.keys():
        return
    for answers in fit.table.called("output"):
        for figures in fit.table.all:
            if _rate_each(figures.name, figures.values, answers.values):
                fit.mapping |= {"chosen": answers.name, "rejected": answers.name, "winner": figures.name}
                fit.told.append(
                    f"column {figures.name!r} says which of the answers in {answers.name!r} is the best and which the "
                    f"worst: the {'lowest' if _lowest_is_best(figures.name) else 'highest'} is the best"
                )
                return
    ranked = [column for column in fit.table.called("output") if column.holds_pairs]
    if len(ranked) == 1:
        name = ranked[0].name
        fit.mapping |= {"chosen": f"{name}[0]", "rejected": f"{name}[1]"}
        fit.told.append(f"column {name!r} holds two answers in each row, of which the first was taken as the better")


def opposites(names: list[str]) -> list[tuple[str, str]]:
    """The pairs of names that say of two answers which was chosen and which rejected."""
    named = {" ".join(word for word in _words(name) if word not in _ANSWER): name for name in names}
    return [(named[one], named[two]) for one, two in sorted(OPPOSITES) if one in named and two in named]


def rivals(names: list[str]) -> list[tuple[str, str]]:
    """Of `sides` those whose names say that they are answers."""
    return [(one, two) for one, two in sides(names) if set(_words(one)) & _ANSWER]


def surpassed(names: list[str]) -> tuple[str, str] | None:
    """Of names of answers one that says it is the better one by far, and one that says nothing of the kind."""
    answers = [name for name in names if set(_words(name)) & _ANSWER - {"text", "message"}]
    better = [name for name in answers if set(_words(name)) & _SURPASSING]
    other = [name for name in answers if name not in better]
    return (better[0], other[0]) if better and other else None


def sides(names: list[str]) -> list[tuple[str, str]]:
    """The pairs of names that differ only in which of two answers they mean (`response_a`, `response_b`)."""
    named = {tuple(_words(name)): name for name in names}
    found = []
    for words, name in named.items():
        for place, word in enumerate(words if len(words) > 1 else ()):
            other = (*words[:place], _OTHER_SIDE.get(word), *words[place + 1 :])
            if other in named:
                found.append((name, named[other]))
    return found


def ranked_by_name(names: list[str]) -> list[tuple[str, str]]:
    """The pairs of names that end in j and k, of which j is the better one by custom."""
    named = {tuple(_words(name)): name for name in names}
    return [
        (name, named[*words[:-1], "k"])
        for words, name in named.items()
        if words[-1:] == ("j",) and set(words) & _ANSWER and (*words[:-1], "k") in named
    ]


def tells_which(name: str, values: list, one: str, two: str) -> bool:
    """Whether a column of that name says in each of `values` which of the answers `one` and `two` is better."""
    said = {winner(value, one, two) for value in values}
    return bool(_SAYS_WHICH & set(_words(name))) and bool(said & {0, 1}) and None not in said


def winner(value: object, one: str, two: str) -> int | None:
    """0 or 1 for the answer that `value` names, -1 for neither of them, None for no word on it."""
    said, places = _words(str(value)), (_words(one), _words(two))
    if said and said[0] in _NEITHER:
        return -1
    for place, words in enumerate(places):
        marks = [word for word in words if word not in places[1 - place]]  # `b` in `response_b`
        if said == words or said[-1:] == marks and set(said[:-1]) <= {*words, *_ANSWER, "model", "option"}:
            return place
    return None


def best_and_worst(answers: object, figures: object, name: str) -> tuple[object, object] | None:
    """The answers of a list that the figures of another, called `name`, say are best and worst; None for a draw."""
    answers, numbers = opened(answers), _numbers(figures)
    if not isinstance(answers, list) or not numbers or len(answers) != len(numbers) or len(set(numbers)) == 1:
        return None
    highest, lowest = (answers[numbers.index(extreme(numbers))] for extreme in (max, min))
    return (lowest, highest) if _lowest_is_best(name) else (highest, lowest)


def _rate_each(name: str, figures: list, answers: list) -> bool:
    """Whether a column of that name has in every row a figure for each of several answers."""
    if not _FIGURES & set(_words(name)) or len(figures) != len(answers) or not answers:
        return False
    lists = [opened(value) for value in answers]
    are_lists = all(isinstance(value, list) and len(value) > 1 for value in lists)
    return are_lists and all(len(_numbers(figure)) == len(value) for figure, value in zip(figures, lists, strict=True))


def _numbers(value: object) -> list[float]:
    """The numbers of a list of such; none of anything else."""
    value = opened(value)
    numbers = [number_of(part) for part in value] if isinstance(value, list) else []
    return [] if None in numbers else numbers


def _lowest_is_best(name: str) -> bool:
    return bool(_BEST_IS_LOWEST & set(_words(name)))


def _words(name: str) -> list[str]:
    return _WORD.findall(plain_name(name))
