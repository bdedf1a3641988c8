"""The journal of a synthesis: one line per question asked, so that nothing is asked and paid for twice.

It is kept beside the output until the dataset is published. A last line cut short by a crash is dropped.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from core.appended_lines import AppendedLines
from core.artifacts import remove_folders
from core.full_disk import naming_full_disks
from core.reporting import Reporter
from core.specs import SynthesizeSpec

_MAY_CHANGE = {
    "spec_version", "output_dir", "name", "api_key_env", "budget_tokens", "budget_usd", "usd_per_million_tokens",
    "train_ratio", "val_ratio", "test_ratio", "compare_with", "not_compared_with", "artifact_ids",
}  # fmt: skip
"""Fields of the spec that do not affect what is asked and accepted."""
_SAMPLES = 5


@dataclass(frozen=True)
class Entry:
    """The result of one question: the item and the round, the examples kept, and why others were rejected."""

    item: int
    round: int
    tokens: int
    kept: list[dict[str, str]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of a reason and the beginning of the rejected text."""


class Journal:
    """The entries so far and their totals. Creates `folder`, and removes the journal of a different spec from there."""

    def __init__(self, folder: Path, spec: SynthesizeSpec, reporter: Reporter):
        self.folder = folder
        self._reporter = reporter
        self.done: set[tuple[int, int]] = set()
        self.accepted = self.tokens = 0
        self.kept_in_round: Counter[int] = Counter()
        self.reasons: Counter[str] = Counter()
        self.samples: dict[str, list[str]] = {}
        asked = spec.model_dump_json(exclude=_MAY_CHANGE)
        mark = folder / "asked.json"
        if folder.exists() and not (mark.exists() and mark.read_text(encoding="utf-8") == asked):
            remove_folders([folder], reporter)
        if not folder.exists():
            self._begin(mark, asked)
        self._lines = AppendedLines(folder / "journal.jsonl", reporter)
        for entry in self.entries():
            self._count(entry)

    def add(self, entry: Entry) -> None:
        """Append an entry and flush it to disk. Raises LeaseLostError or DiskFullError."""
        self._lines.add(json.dumps(asdict(entry), ensure_ascii=False))
        self._count(entry)

    def entries(self) -> Iterator[Entry]:
        """All entries, in the order of writing."""
        for line in self._lines:
            yield Entry(**json.loads(line))

    def remove(self) -> None:
        """Delete the journal. Raises LeaseLostError if another attempt owns it by now."""
        self._lines.close()
        remove_folders([self.folder], self._reporter)

    @staticmethod
    def _begin(mark: Path, asked: str) -> None:
        """Create the folder and its mark. The mark is written once only, so that a full disk cannot damage it later."""
        with naming_full_disks(mark):
            mark.parent.mkdir(parents=True)
            mark.write_text(asked, encoding="utf-8")

    def _count(self, entry: Entry) -> None:
        self.done.add((entry.item, entry.round))
        self.accepted += len(entry.kept)
        self.kept_in_round[entry.round] += len(entry.kept)
        self.tokens += entry.tokens
        for reason, text in entry.left_out:
            self.reasons[reason] += 1
            if self.reasons[reason] <= _SAMPLES:
                self.samples.setdefault(reason, []).append(text)
