"""Preference pairs from a list of answers: ranked by a list of scores, or with the better one first."""

from core.data.shapes.assigning.fit import Fit
from core.data.shapes.assigning.pair_names import words_of
from core.examples.paths import opened
from core.examples.texts import number_of

_FIGURES = frozenset({
    "score", "scores", "rating", "ratings", "rank", "ranks", "ranking", "rankings", "reward", "rewards", "votes",
    "bewertungen", "punkte", "rang",
})  # fmt: skip
_BEST_IS_LOWEST = frozenset({"rank", "ranks", "ranking", "rankings", "rang"})


def take_ranked_list(fit: Fit) -> None:
    """Assign the best and the worst answer of a list: by a list of scores, or of two the first as the better."""
    if fit.mapping or {"output", "chosen", "rejected"} & fit.table.asked.keys():
        return
    for answers in fit.table.called("output"):
        for figures in fit.table.all:
            if _rate_each(figures.name, figures.values, answers.values):
                fit.mapping |= {"chosen": answers.name, "rejected": answers.name, "winner": figures.name}
                fit.notes.append(
                    f"column {figures.name!r} scores the answers in {answers.name!r}: "
                    f"the {'lowest' if _lowest_is_best(figures.name) else 'highest'} score is the best"
                )
                return
    ranked = [column for column in fit.table.called("output") if column.holds_pairs]
    if len(ranked) == 1:
        name = ranked[0].name
        fit.mapping |= {"chosen": f"{name}[0]", "rejected": f"{name}[1]"}
        fit.notes.append(f"column {name!r} holds two answers in each row; the first was taken as the better")


def best_and_worst(answers: object, figures: object, name: str) -> tuple[object, object] | None:
    """The best and worst of a list of answers by the scores in column `name`; None if all scores are equal."""
    answers, numbers = opened(answers), _numbers(figures)
    if not isinstance(answers, list) or not numbers or len(answers) != len(numbers) or len(set(numbers)) == 1:
        return None
    highest, lowest = (answers[numbers.index(extreme(numbers))] for extreme in (max, min))
    return (lowest, highest) if _lowest_is_best(name) else (highest, lowest)


def _rate_each(name: str, figures: list, answers: list) -> bool:
    """Whether column `name` has a score for each of several answers in every row."""
    if not _FIGURES & set(words_of(name)) or len(figures) != len(answers) or not answers:
        return False
    lists = [opened(value) for value in answers]
    are_lists = all(isinstance(value, list) and len(value) > 1 for value in lists)
    return are_lists and all(len(_numbers(figure)) == len(value) for figure, value in zip(figures, lists, strict=True))


def _numbers(value: object) -> list[float]:
    """The numbers in a list; empty if anything in it is not a number."""
    value = opened(value)
    numbers = [number_of(part) for part in value] if isinstance(value, list) else []
    return [] if None in numbers else numbers


def _lowest_is_best(name: str) -> bool:
    return bool(_BEST_IS_LOWEST & set(words_of(name)))
