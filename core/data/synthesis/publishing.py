"""Publishes accepted examples as a dataset, through `prepare` like any file."""

import json
from pathlib import Path

from core.data.preparing.prepare import prepare
from core.data.synthesis.journal import Journal
from core.data.synthesis.material import Material
from core.data.synthesis.written_rows import document_rows, varied_rows
from core.errors import InputError
from core.reporting import Reporter
from core.specs import Cleaning, PrepareSpec, SynthesizeSpec
from core.specs.names import dataset_folder
from core.specs.results.prepare import SynthesizeResult

_LIMIT_WORDS = 1_000_000
"""The examples were judged when they were written, so no limit applies."""


def work_folder(spec: SynthesizeSpec) -> Path:
    """The hidden folder beside the dataset that holds the journal until the dataset is published."""
    final = dataset_folder(spec)
    return final.with_name(f".{final.name}.synthesis")


def published(
    spec: SynthesizeSpec, material: Material, journal: Journal, stopped_by: str, reporter: Reporter, usd: float
) -> SynthesizeResult:
    """Publish the accepted examples. Raises InputError with the reasons counted when there are none."""
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
        for row in varied_rows(spec, material, journal) if spec.dataset else document_rows(spec, material, journal):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    origin = {"synthesis": {**account, "spec": spec.model_dump(mode="json")}}
    made = prepare(_prepare_spec(spec, rows), reporter, origin)
    return SynthesizeResult(path=made.path, splits=made.splits, **account, report=made.report)


def _nothing_accepted(account: dict) -> InputError:
    reasons = "; ".join(f"{reason} in {count}" for reason, count in account["left_out"].items())
    return InputError(
        f"No example could be kept from {account['asked']} answers: {reasons or account['stopped_by']}.",
        "Use a larger model, lower the limits on groundedness or quality, or allow longer answers or a larger budget.",
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
