"""Checks whether an answer is grounded in a passage, by its words and numbers."""

import re

from core.data.synthesis.judging.wording import NUMBER, words_of

_LIST_MARK = re.compile(r"^\s*\d{1,2}[.)]\s", re.MULTILINE)
_SUFFIXES = ("ingly", "edly", "ings", "ing", "edly", "est", "ers", "ies", "ed", "es", "er", "en", "ly", "s", "e", "y")
_COMMON_WORDS = """
a about after all also am an and any are as at be because been but by can could did do does each for from had
has have he her his how i if in into is it its just like may me might more most must my no not of on one only or
other our out over she should so some such than that the their them then there these they this those through to
under up us was we were what when where which while who why will with would yes you your
aber als am an auch auf aus bei bis da das dass dem den der des die dies diese dieser doch durch ein eine einem
einen einer es für hat haben ich im in ist ja kann man mit nach nicht noch nur oder sein sich sie sind so über um
und von vor war was wenn wer werden wie wird wir zu zum zur
au aux avec ce ces cette dans de des du elle en est et il ils la le les leur mais ne nous on ou par pas pour qui
que sa se ses son sont sur un une vous
al como con del el ella es las lo los más no para pero por se su sus una y"""
_STOP_WORDS = frozenset(_COMMON_WORDS.split())
_NUMBER_WORDS = {
    word: str(number)
    for words in (
        "zero one two three four five six seven eight nine ten eleven twelve",
        "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    )
    for number, word in enumerate(words.split())
} | {"first": "1", "second": "2", "third": "3", "once": "1", "twice": "2", "half": "2", "ein": "1", "eine": "1"}


def groundedness(answer: str, passage: str) -> float:
    """The share, 0 to 1, of the answer's content words that are in the passage, ignoring endings; 1 if it has none."""
    words = [_stem(word) for word in words_of(answer) if word not in _STOP_WORDS]
    known = {_stem(word) for word in words_of(passage)}
    return sum(word in known for word in words) / len(words) if words else 1.0


def ungrounded_numbers(answer: str, passage: str) -> set[str]:
    """The numbers in the answer that are not in the passage, in digits or in words."""
    spelled = {_NUMBER_WORDS[word] for word in words_of(passage) if word in _NUMBER_WORDS}
    return numbers(answer) - numbers(passage) - spelled


def numbers(text: str) -> set[str]:
    """The numbers written in digits, normalized: 1,000 is 1000 and 3,50 is 3.5. List markers do not count."""
    return {_normalized(number) for number in NUMBER.findall(_LIST_MARK.sub(" ", text))}


def _normalized(number: str) -> str:
    plain = re.sub(r"[.,](?=\d{3}(?!\d))", "", number).replace(",", ".")
    whole, point, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    return (whole.lstrip("0") or "0") + (point + fraction if fraction else "")


def _stem(word: str) -> str:
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word
