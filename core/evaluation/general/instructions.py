"""Instructions whose following a program can check, in the manner of IFEval (Zhou et al., 2023)."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial

from core.evaluation.general.items import Field, Item

_NOTHING_ELSE = "Write nothing else."
_WORD_COUNTS = (
    ("the sea", "Wide and blue"), ("a cat", "Soft, quiet and clever"), ("winter", "Cold days and long nights"),
    ("a good friend", "Always there"), ("a forest", "Tall green trees with singing birds"),
    ("the moon", "Bright at night"),
)  # fmt: skip
_TOPICS = ("dogs", "music", "rain", "bread", "trains", "football")
_WITHOUT_E = (
    ("dogs", "My dogs run and bark."), ("music", "I play music all day."), ("rain", "Rain falls on our roof."),
    ("milk", "I drink milk at dawn."), ("cats", "Two cats nap in a box."), ("fish", "A fish swims in our pond."),
)  # fmt: skip
_OBJECTS = (
    ("a person", {"name": "Anna", "age": 31}), ("a book", {"title": "Emma", "author": "Jane Austen"}),
    ("a car", {"colour": "red", "doors": 4}), ("a city", {"city": "Rome", "country": "Italy"}),
    ("a meal", {"dish": "soup", "price": 5}), ("an animal", {"animal": "horse", "legs": 4}),
    ("a film", {"title": "Up", "year": 2009}), ("a date", {"day": 3, "month": "May"}),
)  # fmt: skip
_LISTS = (
    (3, "colours", ("red", "green", "blue")), (4, "animals", ("cow", "dog", "cat", "hen")),
    (3, "fruits", ("apple", "pear", "plum")), (5, "countries", ("Italy", "Chile", "Japan", "Kenya", "Peru")),
    (4, "vegetables", ("carrot", "leek", "pea", "onion")), (3, "sports", ("tennis", "judo", "rowing")),
)  # fmt: skip
_BEGINNINGS = (
    ("Today", "Say what the weather is like."), ("Honestly", "Say what you think of Mondays."),
    ("First", "Say how to make tea."), ("Maybe", "Say what somebody could eat tonight."),
)  # fmt: skip
_ENDS = (
    ("That is all.", "Describe a holiday in one sentence."), ("Have a nice day!", "Thank a customer for an order."),
    ("Any questions?", "Say when the shop opens: at nine."), ("Good night.", "Tell a child that it is late."),
)  # fmt: skip
_TWO_WORDS = (("bridge", "river"), ("teacher", "window"), ("lemon", "kitchen"), ("snow", "village"))
_REPEATED = (
    "The small boat left the harbour.", "Seven birds sat on the wall.", "My brother paints the old door.",
    "We had soup for lunch.", "The train to York is late.", "Nobody found the silver key.",
)  # fmt: skip
_YES_OR_NO = (
    "Is fire hot?", "Can a fish ride a bicycle?", "Is seven more than three?", "Do trees grow on the moon?",
    "Is ice cold?", "Does a week have nine days?",
)  # fmt: skip


def instruction_items() -> Iterator[Item]:
    """80 items."""
    for topic, right in _WORD_COUNTS:
        count = len(right.split())
        question = f"Describe {topic} in exactly {_NUMBERS[count]} words. {_NOTHING_ELSE}"
        yield _item(question, right, f"{right} and more", partial(_has_words, count))
    for topic in _TOPICS:
        right = f"I like {topic} very much."
        question = f"Write one sentence about {topic} in capital letters only."
        yield _item(question, right.upper(), right, partial(_is_about, topic, str.isupper))
        question = f"Write one sentence about {topic} in lower-case letters only."
        yield _item(question, right.lower(), right, partial(_is_about, topic, str.islower))
    for topic, right in _WITHOUT_E:
        question = f'Write one sentence about {topic} of at least four words, without the letter "e".'
        yield _item(question, right, f"{right} Yes.", partial(_is_about, topic, _has_no_e))
    for thing, values in _OBJECTS:
        keys = " and ".join(f'"{key}"' for key in values)
        question = f"Invent {thing}. Answer with a JSON object that has the keys {keys}. {_NOTHING_ELSE}"
        yield _item(question, json.dumps(values), f"Here it is: {values}", partial(_is_json_with, set(values)))
    for count, things, names in _LISTS:
        lines = "\n".join(f"- {name}" for name in names)
        question = f'List exactly {_NUMBERS[count]} {things}, each on a line of its own that begins with "- ".'
        yield _item(question, lines, f"{lines}\n- more", partial(_has_bullets, count))
        question = f"Name exactly {_NUMBERS[count]} {things}, separated by commas. {_NOTHING_ELSE}"
        right = ", ".join(names)
        yield _item(question, right, f"{right}, more", partial(_has_parts, count))
    for word, asked in _BEGINNINGS:
        question = f'{asked} Begin your answer with the word "{word}".'
        yield _item(question, f"{word} it is like this.", f"It is like this, {word}.", partial(_begins, word))
    for end, asked in _ENDS:
        question = f'{asked} End your answer with exactly these words: "{end}"'
        yield _item(question, f"It was fine. {end}", f"{end} It was fine.", partial(_ends, end))
    for one, other in _TWO_WORDS:
        question = f'Write one sentence that contains the words "{one}" and "{other}".'
        yield _item(question, f"The {one} is near the {other}.", f"The {one}s are here.", partial(_holds, one, other))
    for topic in _TOPICS[:4]:
        question = f"Write one sentence about {topic} of at least six words, without any comma."
        right = f"We all like {topic} in the evening."
        yield _item(question, right, f"Well, {right}", partial(_is_about, topic, _is_long_without_comma))
    for sentence in _REPEATED:
        question = f'Repeat this sentence exactly: "{sentence}" {_NOTHING_ELSE}'
        yield _item(question, sentence, f"Here it is: {sentence}", partial(_is_same, sentence))
    for asked in _YES_OR_NO:
        question = f"{asked} Answer with one word, yes or no. {_NOTHING_ELSE}"
        yield _item(question, "Yes", "Yes, that is so.", _is_yes_or_no)
    for topic in _TOPICS[:4]:
        question = f"Ask one question about {topic}. {_NOTHING_ELSE}"
        yield _item(question, f"Do you like {topic}?", f"I like {topic}.", partial(_is_about, topic, _is_question))
    for last in (5, 8, 10, 12):
        counted = " ".join(map(str, range(1, last + 1)))
        question = f"Write the numbers from 1 to {last}, separated by spaces. {_NOTHING_ELSE}"
        yield _item(question, counted, f"{counted} {last + 1}", partial(_is_same, counted))


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


def _item(question: str, right: str, wrong: str, check: Callable[[str], bool]) -> Item:
    return Item(Field.INSTRUCTIONS, question, right, (wrong, ""), check)


def _has_words(count: int, answer: str) -> bool:
    return len(answer.split()) == count


def _is_about(topic: str, fits: Callable[[str], bool], answer: str) -> bool:
    """Whether an answer of at least three words names the topic and fits."""
    return topic in answer.lower() and len(answer.split()) >= 3 and fits(answer)


def _has_no_e(answer: str) -> bool:
    return "e" not in answer.lower() and len(answer.split()) >= 4


def _is_long_without_comma(answer: str) -> bool:
    return "," not in answer and len(answer.split()) >= 6


def _is_question(answer: str) -> bool:
    return answer.rstrip('" \n').endswith("?") and answer.count("?") == 1


def _is_json_with(keys: set[str], answer: str) -> bool:
    """Whether all of an answer, but for a code fence around it, is an object with these keys and no others."""
    fenced = re.fullmatch(r"```(?:json)?\s*(.*?)\s*```", answer.strip(), re.DOTALL)
    try:
        found = json.loads(fenced[1] if fenced else answer)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and set(found) == keys


def _has_bullets(count: int, answer: str) -> bool:
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    return len(lines) == count and all(re.match(r"- \w", line) for line in lines)


def _has_parts(count: int, answer: str) -> bool:
    """Whether an answer is so many short names between commas, the last perhaps after "and"."""
    parts = re.split(r",\s*(?:and\s+)?|\s+and\s+", answer.strip().rstrip("."))
    return len(parts) == count and all(1 <= len(part.split()) <= 3 for part in parts)


def _begins(word: str, answer: str) -> bool:
    return bool(re.match(rf"\W*{word}\b", answer)) and len(answer.split()) >= 3


def _ends(end: str, answer: str) -> bool:
    return answer.strip().strip('"').endswith(end)


def _holds(one: str, other: str, answer: str) -> bool:
    return {one, other} <= set(re.findall(r"\w+", answer.lower()))


def _is_same(expected: str, answer: str) -> bool:
    return answer.strip().strip('"') == expected


def _is_yes_or_no(answer: str) -> bool:
    return answer.strip().rstrip(".!").lower() in ("yes", "no")
