"""The rows of a dataset made from accepted examples, each with its split and source."""

import json
from collections.abc import Iterator
from hashlib import blake2b

import numpy as np

from core.data.splitting.grouped import split_of
from core.data.store.datasets import read_split, split_names
from core.data.synthesis.journal import Journal
from core.data.synthesis.material import Material
from core.specs import Split, SynthesizeSpec


def document_rows(spec: SynthesizeSpec, material: Material, journal: Journal) -> Iterator[dict]:
    """Examples from documents, with their passages."""
    splits = iter(_splits(spec, journal))
    for entry in journal.entries():
        passage = material[entry.item]
        for example in entry.kept:
            yield {**example, "source": passage.source, "passage": passage.text, "split": next(splits)}


def _splits(spec: SynthesizeSpec, journal: Journal) -> list[str]:
    """The split of each accepted row. Rows from one passage stay together if there are enough passages."""
    ratios = {Split.TRAIN: spec.train_ratio, Split.VALIDATION: spec.val_ratio, Split.TEST: spec.test_ratio}
    ratios = {str(split): ratio for split, ratio in ratios.items()}
    kept = [(entry.item, example) for entry in journal.entries() for example in entry.kept]
    needed = sum(ratio > 0 for ratio in ratios.values())
    if len(kept) < needed:
        return [max(ratios, key=ratios.get)] * len(kept)
    digests = np.array([_digest(example) for _, example in kept], np.uint64)
    groups = np.array([item for item, _ in kept])
    if len(set(groups.tolist())) < needed:
        groups = np.arange(len(kept))
    return [list(ratios)[number] for number in split_of(digests, groups, ratios, spec.seed)]


def _digest(example: dict[str, str]) -> int:
    text = json.dumps(example, ensure_ascii=False, sort_keys=True)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def varied_rows(spec: SynthesizeSpec, material: Material, journal: Journal) -> Iterator[dict]:
    """The rows of the dataset in their splits, then the variants, which are in train and tagged with the task."""
    for split in split_names(spec.dataset):
        for example in read_split(spec.dataset, split):
            yield {**_texts(example), "split": split}
    for entry in journal.entries():
        for example in entry.kept:
            tags = ", ".join(filter(None, (example.get("tags"), spec.task)))
            source = example.get("source") or material[entry.item].source
            yield {**example, "tags": tags, "source": source, "split": str(Split.TRAIN)}


def _texts(example: dict) -> dict[str, str]:
    return {column: value for column, value in example.items() if isinstance(value, str)}
