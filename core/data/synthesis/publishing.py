"""From accepted rows to a dataset: the splits, the labels, and everything that `prepare` does for any file."""

import json
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import numpy as np

from core.data.overlap.splitting import split_of
from core.data.preparing.prepare import dataset_folder, prepare
from core.data.store.datasets import read_split, split_names
from core.data.synthesis.journal import Journal
from core.data.synthesis.material import Material
from core.errors import ConflictError, InputError
from core.reporting import Reporter
from core.specs import Cleaning, PrepareSpec, Split, SynthesizeSpec

_LIMIT_WORDS = 1_000_000
"""What a model wrote was judged already; no further limit applies."""


def refuse_taken(spec: SynthesizeSpec) -> None:
    """Raise ConflictError when the dataset stands there already: before anything is paid for."""
    final = dataset_folder(spec)
    if final.exists():
        raise ConflictError(f"{final} exists already.", "Choose another name or output folder, or delete it first.")


def work_folder(spec: SynthesizeSpec) -> Path:
    """Where the journal is kept until the dataset is published: beside it, under a hidden name."""
    final = dataset_folder(spec)
    return final.with_name(f".{final.name}.synthesis")


def published(
    spec: SynthesizeSpec, material: Material, journal: Journal, stopped_by: str, reporter: Reporter, usd: float
) -> dict:
    """Publish what the journal holds. Raises InputError that counts the reasons when nothing was accepted."""
    account = {
        "task": spec.task,
        "model": spec.model,
        "endpoint": spec.endpoint,
        "asked": len(journal.done),
        "accepted": journal.accepted,
        "left_out": dict(journal.reasons.most_common()),
        "left_out_samples": journal.samples,
        "tokens": journal.tokens,
        "cost_usd": usd,
        "stopped_by": stopped_by,
    }
    if not journal.accepted:
        raise _nothing_accepted(account)
    rows = journal.folder / "written.jsonl"
    with rows.open("w", encoding="utf-8") as file:
        for row in _varied_rows(spec, material, journal) if spec.dataset else _document_rows(spec, material, journal):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    origin = {"synthesis": {**account, "spec": spec.model_dump(mode="json")}}
    made = prepare(_prepare_spec(spec, rows), reporter, origin)
    return {"path": made["path"], "splits": made["splits"], **account, "report": made["report"]}


def _nothing_accepted(account: dict) -> InputError:
    reasons = "; ".join(f"{reason} in {count}" for reason, count in account["left_out"].items())
    return InputError(
        f"No example could be kept, of {account['asked']} answers: {reasons or account['stopped_by']}.",
        "Use a larger model, ask for less groundedness or quality, or allow longer answers or a larger budget.",
    )


def _prepare_spec(spec: SynthesizeSpec, rows: Path) -> PrepareSpec:
    return PrepareSpec(
        name=spec.name,
        output_dir=spec.output_dir,
        source="file",
        input_file=str(rows),
        split_by="given",
        cleaning=Cleaning(html=False, urls=False),
        min_words=0,
        max_words=_LIMIT_WORDS,
        seed=spec.seed,
        compare_with=spec.compare_with,
        not_compared_with=spec.not_compared_with,
    )


def _document_rows(spec: SynthesizeSpec, material: Material, journal: Journal) -> Iterator[dict]:
    splits = iter(_splits(spec, journal))
    for entry in journal.entries():
        passage = material[entry.item]
        for example in entry.kept:
            yield {**example, "source": passage.source, "passage": passage.text, "split": next(splits)}


def _splits(spec: SynthesizeSpec, journal: Journal) -> list[str]:
    """The split of each accepted row. Rows of one passage stay together where there are passages enough for that."""
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


def _varied_rows(spec: SynthesizeSpec, material: Material, journal: Journal) -> Iterator[dict]:
    """The rows of the dataset in their splits, then the variants, all in train and tagged with what they are."""
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
