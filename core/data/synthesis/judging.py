"""Judges what a model wrote: does the passage say so, is it new, is it of use. Every refusal has a reason in words.

These are checks of words, not of meaning: they find what a model made up, repeated or broke off, not what it
misunderstood.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

from core.data.cleaning import looks_refused, looks_truncated
from core.data.screening.validation import count_words
from core.examples.example import conversation, question_text

UNUSABLE = "no usable JSON"
CUT_OFF = "cut off at the length limit"
NO_ROOM = "too long for the model"
REFUSED = "refuses to answer"
UNFINISHED = "breaks off"
LEFTOVERS = "leftovers of a template"
OF_THE_PASSAGE = "speaks of the passage, which its reader will not have"
EMPTY = "hardly any words"
REPEATED = "repeats itself or the question"
UNGROUNDED = "words that do not stand in the passage"
NUMBERS = "numbers that do not stand in the passage"
OTHER_NUMBERS = "other numbers than in the original"
POOR = "quality score too low"
DUPLICATE = "same question as another example"
NEAR_DUPLICATE = "nearly the same as another example"
SAME_ANSWERS = "both answers are the same"

NEAR = 0.7
"""Jaccard similarity of word 3-shingles, question and answer together, from which two examples are nearly the same."""

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|[\u3040-\u30ff\u3400-\u9fff]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
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

_TEMPLATE = re.compile(
    r"\{\{|\}\}|\{[a-z_ ]{2,30}\}|\[(?:insert|your|name|placeholder)\b|<\|?/?[a-z_]{2,20}\|?>|\[/?INST\]|###|"
    r"^\s*(?:question|answer|frage|antwort|q|a)\s*\d*\s*:|\blorem ipsum\b|\bTODO\b|\.\.\.\s*$|"
    r"\bas an? (?:ai|(?:large )?language model)\b",
    re.IGNORECASE | re.MULTILINE,
)
_PASSAGE = re.compile(
    r"\b(?:the|this|that|given|above)\s+(?:passage|excerpt|text above|provided text|given text|context above)\b|"
    r"\baccording to the (?:text|article|author|document)\b|\bim (?:text|abschnitt|obigen)\b|\blaut (?:dem )?text\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"[?？]\s*$|^\W*(?:what|who|whom|whose|which|when|where|why|how|is|are|was|were|do|does|did|can|could|should|would|"
    r"will|explain|describe|name|list|tell|give|compare|summari[sz]e|define|state|show|write|translate|was|wer|wie|wo|"
    r"wann|warum|welche\w*|nenne|erkläre|beschreibe)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Verdict:
    """What was found about one example; `reason` is None when it may stay."""

    reason: str | None
    quality: float
    groundedness: float | None = None


def judge(
    example: dict[str, str],
    passage: str | None,
    original: dict[str, str] | None,
    min_groundedness: float,
    min_quality: float,
) -> Verdict:
    """Judge a stored example of any shape. `passage` is what its answers must stand in, where it is from a document;
    `original` the example whose numbers it must keep, where it is a rewording of one.
    """
    question, answer = said_by(example, "user"), said_by(example, "assistant")
    score = quality(question, answer)
    if reason := form_problem(example, question, answer):
        return Verdict(reason, score)
    if original is not None and _numbers_in(example) != _numbers_in(original):
        return Verdict(OTHER_NUMBERS, score)
    share = None
    if passage is not None:
        share = groundedness(answer, passage)
        if share < min_groundedness:
            return Verdict(UNGROUNDED, score, share)
        if numbers(answer) - numbers(passage) - _spelled_numbers(passage):
            return Verdict(NUMBERS, score, share)
    return Verdict(POOR if score < min_quality else None, score, share)


def form_problem(example: dict[str, str], question: str, answer: str) -> str | None:
    """What no answer may be, whatever it is about."""
    if not any(map(str.isalnum, question)) or not any(map(str.isalnum, answer)):
        return EMPTY
    if looks_refused(answer):
        return REFUSED
    if _TEMPLATE.search(question) or _TEMPLATE.search(answer):
        return LEFTOVERS
    if _PASSAGE.search(question):
        return OF_THE_PASSAGE
    if _plain(question) == _plain(answer) or _variety(answer) < 0.4:
        return REPEATED
    if looks_truncated(answer):
        return UNFINISHED
    if "rejected" in example and _plain(example["rejected"]) == _plain(example["chosen"]):
        return SAME_ANSWERS
    return None


def groundedness(answer: str, passage: str) -> float:
    """The share, 0 to 1, of the answer's content words that stand in the passage, endings apart; 1 if it has none."""
    words = _content(answer)
    known = {_stem(word) for word in _words(passage)}
    return sum(word in known for word in words) / len(words) if words else 1.0


def numbers(text: str) -> set[str]:
    """The numbers written in digits, in one form: 1,000 is 1000 and 3,50 is 3.5. Marks of lists are none."""
    return {_one_form(number) for number in _NUMBER.findall(_LIST_MARK.sub(" ", text))}


def quality(question: str, answer: str) -> float:
    """A score from 0 to 1: is the question one, are both of a sensible length, is the answer words and not noise."""
    asked, said = count_words(question), count_words(answer)
    letters = sum(character.isalnum() or character.isspace() for character in answer) / max(len(answer), 1)
    return (
        (1.0 if _ASKING.search(question) else 0.3)
        + (1.0 if 4 <= asked <= 60 else 0.4)
        + (min(said / 6, 1.0) if said <= 300 else 0.5)
        + min(letters / 0.8, 1.0)
        + _variety(answer)
    ) / 5


class Seen:
    """The examples accepted so far, to know another one that says the same.

    Exact, by an index of word 3-shingles: a model is asked far more slowly than this grows.
    """

    def __init__(self):
        self._questions: set[str] = set()
        self._sizes: list[int] = []
        self._holders: dict[int, list[int]] = defaultdict(list)

    def add_question(self, question: str) -> None:
        """From now on no example may ask this."""
        self._questions.add(_plain(question))

    def problem(self, example: dict[str, str]) -> str | None:
        """DUPLICATE or NEAR_DUPLICATE if so; otherwise the example is remembered."""
        question = question_text(example)
        if _plain(question) in self._questions:
            return DUPLICATE
        shingles = _shingles(f"{question} {said_by(example, 'assistant')}")
        shared: dict[int, int] = defaultdict(int)
        for shingle in shingles:
            for holder in self._holders[shingle]:
                shared[holder] += 1
        if any(both >= NEAR * (len(shingles) + self._sizes[holder] - both) for holder, both in shared.items()):
            return NEAR_DUPLICATE
        self.add_question(question)
        for shingle in shingles:
            self._holders[shingle].append(len(self._sizes))
        self._sizes.append(len(shingles))
        return None


def said_by(example: dict[str, str], role: str) -> str:
    """Everything that one side says in an example, turn after turn."""
    return "\n".join(turn["content"] for turn in conversation(example) if turn["role"] == role and turn["content"])


def _numbers_in(example: dict[str, str]) -> set[str]:
    return numbers(f"{said_by(example, 'user')} {said_by(example, 'assistant')}")


def _plain(text: str) -> str:
    return " ".join(_words(text)) or text.strip()


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _content(text: str) -> list[str]:
    return [_stem(word) for word in _words(text) if word not in _STOP_WORDS]


def _stem(word: str) -> str:
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


def _one_form(number: str) -> str:
    plain = re.sub(r"[.,](?=\d{3}(?!\d))", "", number).replace(",", ".")
    whole, point, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    return (whole.lstrip("0") or "0") + (point + fraction if fraction else "")


def _spelled_numbers(text: str) -> set[str]:
    return {_NUMBER_WORDS[word] for word in _words(text) if word in _NUMBER_WORDS}


def _variety(text: str) -> float:
    """The share of a text's word 3-shingles that are no repeats; 1 for a short one."""
    words = _words(text)
    if len(words) < 12:
        return 1.0
    triples = list(zip(words, words[1:], words[2:], strict=False))
    return len(set(triples)) / len(triples)


def _shingles(text: str) -> set[int]:
    words = _words(text) + _NUMBER.findall(text)
    return {hash(tuple(words[start : start + 3])) for start in range(max(len(words) - 2, 1))}
