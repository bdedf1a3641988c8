"""Turns the WordNet dictionary into chats that ask about one word at a time.

`python -m core.models.wordnet_questions /usr/share/wordnet OUTPUT.jsonl` writes ShareGPT rows. Every chat asks for
two to four things about a word (its meaning, its kind, other names, an example), each in one of many wordings, and
asks one of them again in other words: the answer follows the word and the thing asked, not the wording.

With `--wordings N` every fact about a word is asked for in N chats of its own, under any of the word's names. The
answer must then be remembered, not copied, which is what tuning on a small set of questions later asks of the model.
"""

import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path

from core.models.wordnet_wordings import FRAMES, HEADED_FORMS, HEADINGS, QUESTIONS

# WordNet's own letters for the relations used here.
HYPERNYM, HYPONYM, PART, WHOLE = "@", "~", "%p", "#p"
PARTS_OF_SPEECH = ("noun", "verb", "adj", "adv")


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


def recall_chats(synset: Synset, synsets: dict[str, Synset], rng: random.Random, wordings: int) -> list[dict]:
    """ShareGPT rows of one question each: every fact about a meaning, in `wordings` ways and under all its names."""
    rows = []
    for aspect, answer in answers_about(synset, synsets).items():
        for _ in range(wordings):
            # Asking for another name under that other name would make no sense.
            word = synset.words[0] if aspect == "names" else rng.choice(synset.words)
            if rng.random() < 0.3:
                text = rng.choice(HEADED_FORMS).format(word=word, heading=rng.choice(HEADINGS[aspect]))
            else:
                question = rng.choice(QUESTIONS[aspect]).format(word=word)
                text = rng.choice(FRAMES).format(question=question[:1].upper() + question[1:], word=word)
            turns = [("human", text[:1].upper() + text[1:]), ("gpt", answer)]
            rows.append({"conversations": [{"from": role, "value": value} for role, value in turns]})
    return rows


def has_much_to_tell(synset: Synset, synsets: dict[str, Synset]) -> bool:
    """Whether a meaning has several names, a long definition and four facts or more."""
    answers = answers_about(synset, synsets)
    return len(synset.words) > 1 and len(answers) > 3 and len(answers["meaning"].split()) > 8


def main() -> None:
    """Writes the chats about the meanings most often met in text."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wordnet", type=Path, help="folder with data.noun and index.sense")
    parser.add_argument("output", type=Path, help="the .jsonl file to write")
    parser.add_argument("--count", type=int, default=14000, help="how many meanings")
    parser.add_argument("--wordings", type=int, default=0, help="ask each fact this often, each in a chat of its own")
    parser.add_argument("--seed", type=int, default=42)
    arguments = parser.parse_args()
    synsets = read_synsets(arguments.wordnet)
    rng = random.Random(arguments.seed)
    chosen = [synsets[key] for key in tagged_synsets(arguments.wordnet)]
    if arguments.wordings:
        chosen = [synset for synset in chosen if has_much_to_tell(synset, synsets)]
    with arguments.output.open("w", encoding="utf-8") as file:
        for synset in chosen[: arguments.count]:
            rows = [chat_about(synset, synsets, rng)]
            if arguments.wordings:
                rows = recall_chats(synset, synsets, rng, arguments.wordings)
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


if __name__ == "__main__":
    main()
