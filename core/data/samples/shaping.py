"""Turns a sample into another shape: a chat with follow-ups, a preference pair, feedback, or plain text."""

import random

from core.data.samples.bank import Bank
from core.data.samples.compose import one_wording
from core.specs import Shape

_FOLLOW_UPS = (1, 2)


def in_shape(bank: Bank, example: dict[str, str], shape: Shape, rng: random.Random) -> dict[str, object]:
    """`example` as a row of `shape`. In feedback, about half the answers are good; the others miss the question."""
    labels = {key: example[key] for key in ("topic", "aspect", "notice")}
    asked = "\n".join(part for part in (example["instruction"], example["input"]) if part)
    if shape == Shape.CHAT:
        return {"messages": _chat(bank, asked, example, rng), **labels}
    if shape == Shape.PREFERENCE:
        return {"prompt": asked, "chosen": example["output"], "rejected": _beside_it(bank, example, rng), **labels}
    if shape == Shape.FEEDBACK:
        good = rng.random() < 0.5
        answer = example["output"] if good else _beside_it(bank, example, rng)
        return {"prompt": asked, "completion": answer, "label": good, **labels}
    if shape == Shape.TEXT:
        return {"text": f"{example['topic'].capitalize()}, {example['aspect']}. {example['output']}", **labels}
    return example


def _chat(bank: Bank, asked: str, example: dict[str, str], rng: random.Random) -> list[dict[str, str]]:
    """The question and follow-ups about other aspects of the topic, each with its answer."""
    turns = [(asked, example["output"])]
    facts = bank.topics[example["topic"]].facts
    others = [aspect for aspect in facts if aspect != example["aspect"]]
    for aspect in rng.sample(others, rng.choice(_FOLLOW_UPS)):
        turns.append((rng.choice(bank.aspects[aspect].follow_ups), one_wording(facts[aspect], rng)))
    roles = ("user", "assistant")
    return [{"role": role, "content": text} for turn in turns for role, text in zip(roles, turn, strict=True)]


def _beside_it(bank: Bank, example: dict[str, str], rng: random.Random) -> str:
    """A true statement about the same topic that does not answer the question."""
    facts = bank.topics[example["topic"]].facts
    return one_wording(facts[rng.choice([aspect for aspect in facts if aspect != example["aspect"]])], rng)
