"""Turns the WordNet dictionary into chats that ask about one word at a time.

`python -m core.models.starter.build.wordnet_questions /usr/share/wordnet OUTPUT.jsonl` writes ShareGPT rows. Every
chat asks for two to four things about a word (its meaning, its kind, other names, an example), each in one of many
wordings, and asks one of them again in other words: the answer follows the word and the thing asked, not the wording.
"""

import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path

# WordNet's own letters for the relations used here.
HYPERNYM, HYPONYM, PART, WHOLE = "@", "~", "%p", "#p"
PARTS_OF_SPEECH = ("noun", "verb", "adj", "adv")

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


@dataclass(frozen=True)
class Synset:
    """One meaning: the words that have it, its relations by symbol, its definition and its examples."""

    words: tuple[str, ...]
    relations: dict[str, list[str]]
    definition: str
    examples: tuple[str, ...]


def read_synsets(folder: Path) -> dict[str, Synset]:
    """Every meaning in WordNet's data files, by its part of speech and offset (`n00001740`)."""
    synsets = {}
    for name in PARTS_OF_SPEECH:
        for line in (folder / f"data.{name}").read_text(encoding="utf-8").splitlines():
            if line.startswith("  "):  # the licence
                continue
            facts, _, gloss = line.partition(" | ")
            fields = facts.split()
            word_count = int(fields[3], 16)
            words = [fields[4 + 2 * index].replace("_", " ").split("(")[0] for index in range(word_count)]
            relations: dict[str, list[str]] = {}
            pointers = fields[5 + 2 * word_count :]
            for index in range(int(fields[4 + 2 * word_count])):
                symbol, offset, part_of_speech, _ = pointers[4 * index : 4 * index + 4]
                relations.setdefault(symbol, []).append(part_of_speech + offset)
            parts = [part.strip(' "') for part in gloss.split('; "')]
            part_of_speech = "a" if fields[2] == "s" else fields[2]
            synsets[part_of_speech + fields[0]] = Synset(tuple(words), relations, parts[0], tuple(parts[1:]))
    return synsets


def tagged_synsets(folder: Path) -> list[str]:
    """Keys of the meanings that WordNet's makers met in text, most often met first."""
    letters = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
    counts: dict[str, int] = {}
    for line in (folder / "index.sense").read_text(encoding="utf-8").splitlines():
        sense, offset, _, count = line.split()
        key = letters[sense.split("%")[1][0]] + offset
        counts[key] = counts.get(key, 0) + int(count)
    return sorted((key for key, count in counts.items() if count), key=lambda key: (-counts[key], key))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _related(synset: Synset, synsets: dict[str, Synset], symbol: str, most: int = 4) -> str:
    return _listed([synsets[key].words[0] for key in synset.relations.get(symbol, ())][:most] or [""])


def answers_about(synset: Synset, synsets: dict[str, Synset]) -> dict[str, str]:
    """What can be said of a meaning, by the thing asked; only what WordNet states."""
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
    """A ShareGPT row of questions and answers about one meaning; the last question is an earlier one in new words."""
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
    """Writes the chats about the meanings most often met in text."""
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
