"""Arithmetic: sums to long division, and word problems of one and two steps. The number in the answer decides."""

from collections.abc import Iterator
from functools import partial

from core.answers.numbers import last_number
from core.evaluation.general.items import Field, Item

_NUMBERS_ONLY = " Answer with the number only."
_PRODUCTS = (
    (3, 4), (2, 8), (5, 6), (7, 3), (9, 2), (6, 6), (8, 7), (4, 9), (10, 5), (12, 4), (11, 8), (15, 3), (20, 7),
    (25, 4),
)  # fmt: skip
_QUOTIENTS = ((8, 2), (15, 5), (18, 3), (24, 6), (28, 4), (36, 9), (42, 7), (56, 8), (90, 10), (99, 11))
_NAMES = ("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry", "Ida", "Jacob", "Karen", "Leo")
_THINGS = (
    "apples", "books", "stamps", "marbles", "eggs", "pencils", "shells", "coins", "cards", "balloons", "cookies",
    "buttons",
)  # fmt: skip


def arithmetic_items() -> Iterator[Item]:
    """80 items."""
    for place in range(10):
        yield _sum(2 + place, 9 - place * 7 % 8)
    for place in range(8):
        yield _sum(11 + 7 * place, 24 + 5 * place)
    for place in range(6):
        first, second = 9 + place, 3 + place * 5 % 6
        yield _item(f"What is {first} - {second}?", first - second)
    for place in range(6):
        first, second = 45 + 9 * place, 12 + 4 * place
        yield _item(f"What is {first} - {second}?", first - second)
    for first, second in _PRODUCTS:
        yield _item(f"What is {first} times {second}?", first * second)
    for first, second in _QUOTIENTS:
        yield _item(f"What is {first} divided by {second}?", first // second)
    for place in range(6):
        step, first = 2 + place, 3 + place
        numbers = [first + step * number for number in range(5)]
        yield _item(f"Which number comes next: {', '.join(map(str, numbers[:4]))}?", numbers[4])
    for place, (name, things) in enumerate(zip(_NAMES, _THINGS, strict=True)):
        yield from _stories(place, name, things)


def _stories(place: int, name: str, things: str) -> Iterator[Item]:
    """Each name has one problem of one step, and every other one a second of two steps; 20 in all."""
    first, second, third = 6 + place, 2 + place % 4, 3 + place % 3
    if place % 3 == 0:
        asked, number = f"gets {second} more. How many {things} does {name} have now?", first + second
    elif place % 3 == 1:
        asked, number = f"gives {second} away. How many {things} does {name} keep?", first - second
    else:
        asked, number = f"buys {third} times as many. How many {things} does {name} buy?", third * first
    yield _item(f"{name} has {first} {things} and {asked}", number)
    if place % 3 != 1:
        boxes = f"{name} buys {third} boxes of {first} {things} each and loses {second} {things}."
        yield _item(f"{boxes} How many {things} are left?", third * first - second)


def _sum(first: int, second: int) -> Item:
    return _item(f"What is {first} + {second}?", first + second)


def _item(question: str, number: int) -> Item:
    wrong = (str(number + 1), f"The answer is {number * 10}.", "")
    return Item(Field.ARITHMETIC, question + _NUMBERS_ONLY, str(number), wrong, partial(is_number, number))


def is_number(number: int, answer: str) -> bool:
    """Whether the last number in an answer is this one."""
    return last_number(answer) == number
