"""Turns the WordNet dictionary into chats about one word at a time.

`python -m core.models.starter.build.wordnet_questions /usr/share/wordnet OUTPUT.jsonl` writes ShareGPT rows. Each chat
asks for two to four facts about a word (its meaning, its kind, other names, an example), each in one of many wordings,
and asks for one of them again in other words: so the answer depends on the word and the fact, not on the wording.
"""

import argparse
import json
import random
from pathlib import Path

from core.models.starter.build.wordnet import HYPERNYM, HYPONYM, PART, WHOLE, Synset, read_synsets, tagged_synsets

QUESTIONS = {
    "meaning": (
        "What does {word} mean?",
        "What is meant by {word}?",
        "Define {word}.",
        "Give me a short definition of {word}.",
        "Can you explain the word {word}?",
        "I read the word {word} today. What does it stand for?",
        "How would you describe {word} to a friend?",
        "In plain words, what is {word}?",
        "Tell me the meaning of {word}, please.",
        "{word}: what is that?",
    ),
    "kind": (
        "What kind of thing is {word}?",
        "Which group does {word} belong to?",
        "What is {word} a type of?",
        "How is {word} classified?",
        "Under which heading would you file {word}?",
        "Name the wider class that {word} falls in.",
    ),
    "kinds": (
        "Which kinds of {word} are there?",
        "Name some types of {word}.",
        "Give examples of {word}.",
        "What varieties of {word} do you know?",
        "List a few sorts of {word}.",
    ),
    "names": (
        "What is another word for {word}?",
        "Is there a different name for {word}?",
        "Give me a synonym of {word}.",
        "What else can {word} be called?",
        "How else could I say {word}?",
    ),
    "example": (
        "Use {word} in a sentence.",
        "Show me how {word} is used.",
        "Can you give an example with {word}?",
        "How might {word} appear in a text?",
        "I need a sentence that has {word} in it.",
    ),
    "parts": (
        "What are the parts of {word}?",
        "What does {word} consist of?",
        "Which parts make up {word}?",
        "Name something that belongs to {word}.",
    ),
    "whole": (
        "What is {word} a part of?",
        "Where does {word} belong?",
        "Which larger thing has {word} in it?",
    ),
}


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _related(synset: Synset, synsets: dict[str, Synset], symbol: str, most: int = 4) -> str:
    return _listed([synsets[key].words[0] for key in synset.relations.get(symbol, ())][:most] or [""])


def answers_about(synset: Synset, synsets: dict[str, Synset]) -> dict[str, str]:
    """The facts that WordNet states about a meaning, by aspect, as sentences."""
    word = synset.words[0]
    capital = word[:1].upper() + word[1:]
    answers = {"meaning": f"{capital} means {synset.definition}."}
    if kind := _related(synset, synsets, HYPERNYM, 1):
        answers["kind"] = f"{capital} is a kind of {kind}."
    if kinds := _related(synset, synsets, HYPONYM):
        answers["kinds"] = f"Kinds of {word} are {kinds}."
    if len(synset.words) > 1:
        answers["names"] = f"Another word for {word} is {_listed(list(synset.words[1:4]))}."
    if synset.examples:
        answers["example"] = synset.examples[0][:1].upper() + synset.examples[0][1:] + "."
    if parts := _related(synset, synsets, PART):
        answers["parts"] = f"Parts of {word} are {parts}."
    if whole := _related(synset, synsets, WHOLE, 1):
        answers["whole"] = f"{capital} is a part of {whole}."
    return answers


def chat_about(synset: Synset, synsets: dict[str, Synset], rng: random.Random) -> dict:
    """A ShareGPT row of questions and answers about one meaning; the last question repeats one in other words."""
    answers = answers_about(synset, synsets)
    asked = rng.sample(sorted(answers), k=min(len(answers), rng.randint(2, 4)))
    repeated = rng.choice(asked)
    conversations, used = [], set()
    for aspect in [*asked, repeated]:
        question = rng.choice([question for question in QUESTIONS[aspect] if question not in used])
        used.add(question)
        text = question.format(word=synset.words[0])
        conversations.append({"from": "human", "value": text[:1].upper() + text[1:]})
        conversations.append({"from": "gpt", "value": answers[aspect]})
    return {"conversations": conversations}


def main() -> None:
    """Writes chats about the meanings most frequent in text."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wordnet", type=Path, help="folder with data.noun and index.sense")
    parser.add_argument("output", type=Path, help="the .jsonl file to write")
    parser.add_argument("--count", type=int, default=14000, help="how many meanings")
    parser.add_argument("--seed", type=int, default=42)
    arguments = parser.parse_args()
    synsets = read_synsets(arguments.wordnet)
    rng = random.Random(arguments.seed)
    with arguments.output.open("w", encoding="utf-8") as file:
        for key in tagged_synsets(arguments.wordnet)[: arguments.count]:
            file.write(json.dumps(chat_about(synsets[key], synsets, rng), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
