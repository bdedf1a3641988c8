"""Where an export puts what passed: each file at once, with `quantization_metrics.json` beside it, which has it all."""

import json
from importlib.metadata import version
from pathlib import Path

from core.artifacts import publish_file, sha256_of
from core.errors import ConflictError, TunewrightError
from core.export.limits import Verdict
from core.reporting import Reporter
from core.specs import GgufType

METRICS = "quantization_metrics.json"


def gguf_name(kind: GgufType) -> str:
    """What the file of a type is called."""
    return f"model-{kind}.gguf"


class Shelf:
    """The output folder of one export. Files of other jobs stay, and what is known of them."""

    def __init__(self, output_dir: Path, staged: Path, reporter: Reporter):
        self.output_dir, self.staged, self.reporter = output_dir, staged, reporter
        self.metrics_path = output_dir / METRICS
        self.shipped: dict[GgufType, dict] = {}
        self.stopped: dict[GgufType, dict] = {}
        self._facts: dict = {}
        self._earlier: dict = {}

    def begin(self, facts: dict) -> None:
        """Remember what is known of all types alike, and what an earlier export left here."""
        self._facts = facts
        if self.metrics_path.exists():
            self._earlier = json.loads(self.metrics_path.read_text(encoding="utf-8"))

    def put(self, kind: GgufType, report: dict) -> None:
        """Publish the staged file of a type. Raises ConflictError when somebody else's stands there."""
        final = self.output_dir / gguf_name(kind)
        if final.exists() and not self._is_ours(kind) and sha256_of(final) != report["sha256"]:
            raise ConflictError(f"{final} exists already.", "Choose another output folder, or delete it first.")
        self.shipped[kind] = report
        self._write_metrics()  # first, so that the next attempt of this job knows the file for its own
        publish_file(self.staged / gguf_name(kind), final, self.reporter)

    def stop(self, kind: GgufType, error: TunewrightError) -> None:
        """Remember that a type is not shipped, and why."""
        self.stopped[kind] = {"verdict": Verdict.STOPPED, "why": error.message, "remedy": error.remedy}

    def finish(self) -> None:
        """Publish the metrics with every verdict in it."""
        self._write_metrics()

    def _is_ours(self, kind: GgufType) -> bool:
        """Whether an earlier attempt of this very job left the file of a type."""
        job_id = self.reporter.attempt.rpartition(".")[0]
        made_by = self._earlier.get("made_by", {}).get(kind, "")
        return bool(job_id) and made_by.rpartition(".")[0] == job_id

    def _write_metrics(self) -> None:
        earlier = {name: self._earlier.get(name, {}) for name in ("gguf", "stopped", "made_by")}
        decided = {*self.shipped, *self.stopped}
        metrics = {
            **self._facts,
            "gguf": {**earlier["gguf"], **self.shipped},
            "stopped": {kind: found for kind, found in earlier["stopped"].items() if kind not in decided}
            | self.stopped,
            "made_by": {**earlier["made_by"], **dict.fromkeys(self.shipped, self.reporter.attempt)},
            "versions": {name: version(name) for name in ("llama-cpp-python", "transformers")},
        }
        staged = self.staged / METRICS
        staged.write_text(json.dumps(metrics, indent=1), encoding="utf-8")
        publish_file(staged, self.metrics_path, self.reporter)
