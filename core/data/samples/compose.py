"""Turns a bank into examples: every question about an aspect of a topic, with the facts in one of their wordings."""

import itertools
import random
import re
from collections.abc import Iterator

from core.data.samples.bank import Aspect, Bank, Topic

_CHOICE = re.compile(r"\[([^\]]*)\]")
_SENTENCE_START = re.compile(r"(^|[.?!]\s+)([a-z])")

Question = tuple[str, str]
Cell = tuple[str, str]
QuestionsByCell = dict[Cell, list[list[Question]]]


def examples(bank: Bank, questions: QuestionsByCell, rng: random.Random) -> Iterator[dict[str, str]]:
    """All examples of a bank, in an order drawn from `rng`.

    Takes one from every cell (topic and aspect) before any cell comes again, and within a cell one of every form of
    question. `questions`, from `questions_by_cell`, is not modified.
    """
    queues = {cell: _shuffled_questions(forms, rng) for cell, forms in questions.items()}
    while queues:
        cells = list(queues)
        rng.shuffle(cells)
        for cell in cells:
            instruction, context = queues[cell].pop()
            if not queues[cell]:
                del queues[cell]
            topic, aspect = cell
            yield {
                "instruction": instruction,
                "input": context,
                "output": one_wording(bank.topics[topic].facts[aspect], rng),
                "topic": topic,
                "aspect": aspect,
                "notice": bank.notice,
            }


def questions_by_cell(bank: Bank) -> QuestionsByCell:
    """The (instruction, input) pairs of each cell, grouped by form. No pair occurs twice in the bank."""
    seen: set[str] = set()
    cells = {}
    for (name, topic), (side, aspect) in itertools.product(bank.topics.items(), bank.aspects.items()):
        frames = [(question, "") for question in aspect.questions] + list(bank.frames)
        forms = [[pair for pair in _fill(frame, topic, aspect) if _is_new(pair, seen)] for frame in frames]
        cells[name, side] = [form for form in forms if form]
    return cells


def _is_new(pair: Question, seen: set[str]) -> bool:
    key = " ".join(pair).casefold()
    if key in seen:
        return False
    seen.add(key)
    return True


def _shuffled_questions(forms: list[list[Question]], rng: random.Random) -> list[Question]:
    """The questions of a cell, to pop from the end: one of each form, then a second of each, and so on."""
    forms = [rng.sample(form, len(form)) for form in rng.sample(forms, len(forms))]
    rounds = itertools.zip_longest(*forms)
    return [question for round_ in rounds for question in round_ if question][::-1]


def _fill(frame: Question, topic: Topic, aspect: Aspect) -> Iterator[Question]:
    text = "\n".join(frame)
    parts = {"q": aspect.questions, "n": aspect.nouns, "f": aspect.follow_ups, "w": aspect.keywords}
    used = {key: texts for key, texts in parts.items() if f"{{{key}}}" in text}
    for chosen in itertools.product(*used.values()):
        template = text
        for key, part in zip(used, chosen, strict=True):
            template = template.replace(f"{{{key}}}", part)
        for wording in _all_wordings(template):
            for words in _topic_words(topic):
                instruction, _, context = wording.format(**words).partition("\n")
                yield _capitalised(instruction), _capitalised(context)


def _topic_words(topic: Topic) -> Iterator[dict[str, str]]:
    singular = {"is": "is", "does": "does", "has": "has", "they": "it", "them": "it", "their": "its"}
    plural = {"is": "are", "does": "do", "has": "have", "they": "they", "them": "them", "their": "their"}
    for name, action in itertools.product(topic.names, topic.actions):
        bare = re.sub(r"^(an?|the) ", "", name)
        yield {"t": name, "k": bare, "v": action} | (plural if topic.plural else singular)


def _all_wordings(template: str) -> list[str]:
    pieces = _CHOICE.split(template)
    options = [piece.split("|") if i % 2 else [piece] for i, piece in enumerate(pieces)]
    return ["".join(choice) for choice in itertools.product(*options)]


def one_wording(template: str, rng: random.Random) -> str:
    """A text of the bank in one of its wordings."""
    text = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), template)
    return _capitalised(" ".join(text.split()))


def _capitalised(text: str) -> str:
    return _SENTENCE_START.sub(lambda match: match[1] + match[2].upper(), text)
