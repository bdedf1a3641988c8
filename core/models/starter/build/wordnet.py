"""Reads WordNet's data files: meanings, their relations, and how often each was met in text."""

from dataclasses import dataclass
from pathlib import Path

# WordNet's symbols for the relations used here.
HYPERNYM, HYPONYM, PART, WHOLE = "@", "~", "%p", "#p"
PARTS_OF_SPEECH = ("noun", "verb", "adj", "adv")


@dataclass(frozen=True)
class Synset:
    """One meaning: its words, its relations by symbol, its definition and its examples."""

    words: tuple[str, ...]
    relations: dict[str, list[str]]
    definition: str
    examples: tuple[str, ...]


def read_synsets(folder: Path) -> dict[str, Synset]:
    """Every meaning in WordNet's data files, by part of speech and offset (`n00001740`)."""
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
    """Keys of the meanings that WordNet's authors found in text, most frequent first."""
    letters = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
    counts: dict[str, int] = {}
    for line in (folder / "index.sense").read_text(encoding="utf-8").splitlines():
        sense, offset, _, count = line.split()
        key = letters[sense.split("%")[1][0]] + offset
        counts[key] = counts.get(key, 0) + int(count)
    return sorted((key for key, count in counts.items() if count), key=lambda key: (-counts[key], key))
