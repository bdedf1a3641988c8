"""Publishes the files of an export one by one, with `quantization_metrics.json` beside them."""

import json
from importlib.metadata import version
from pathlib import Path

from core.artifacts import publish_file
from core.errors import ConflictError, TunewrightError
from core.manifests import sha256_of
from core.reporting import Reporter
from core.specs import GgufType
from core.specs.results.export import ExportFile, FileVerdict, GgufFile, GgufReport, StoppedType

METRICS = "quantization_metrics.json"


def gguf_name(kind: GgufType) -> str:
    """The file name of a type."""
    return f"model-{kind}.gguf"


class Publisher:
    """The output folder of one export. Files of earlier exports stay, and so do their metrics."""

    def __init__(self, output_dir: Path, staged: Path, reporter: Reporter):
        """Raises CorruptArtifactError when the metrics of an earlier export cannot be read."""
        self.output_dir, self.staged, self.reporter = output_dir, staged, reporter
        self.metrics_path = output_dir / METRICS
        self.published: dict[GgufType, GgufFile] = {}
        self.stopped: dict[GgufType, StoppedType] = {}
        self._earlier = _read_metrics(self.metrics_path) if self.metrics_path.exists() else None
        self._facts: dict[str, object] = {}

    def begin(self, source: str, positions: int, text: str, f16: GgufReport) -> None:
        """Set the fields of the metrics that all types share."""
        self._facts = {"source": source, "positions": positions, "text": text, "f16": f16}

    def publish(self, kind: GgufType, report: GgufReport) -> None:
        """Publish the staged file of a type. Raises ConflictError when another job's file has its name."""
        staged, final = self.staged / gguf_name(kind), self.output_dir / gguf_name(kind)
        made = GgufFile(path=str(final), sha256=sha256_of(staged), **_set_fields(report))
        if final.exists() and not self._is_own(kind) and sha256_of(final) != made.sha256:
            raise ConflictError(f"{final} exists already.", "Choose another output folder, or delete it first.")
        self.published[kind] = made
        self._write_metrics()  # first, so that the next attempt of this job recognizes the file as its own
        publish_file(staged, final, self.reporter)

    def stop(self, kind: GgufType, error: TunewrightError) -> None:
        """Note that a type is not published, and why."""
        self.stopped[kind] = StoppedType(verdict=FileVerdict.STOPPED, why=error.message, remedy=error.remedy)

    def finish(self) -> None:
        """Publish the metrics with the verdict on every type."""
        self._write_metrics()

    def _is_own(self, kind: GgufType) -> bool:
        """Whether an earlier attempt of this job published the file of a type."""
        return bool(self._earlier) and self.reporter.is_same_job(self._earlier.made_by.get(kind, ""))

    def _write_metrics(self) -> None:
        gguf, stopped, made_by = {}, {}, {}
        if self._earlier:
            gguf, stopped, made_by = self._earlier.gguf, self._earlier.stopped, self._earlier.made_by
        decided = {*self.published, *self.stopped}
        metrics = ExportFile(
            **self._facts,
            gguf={**gguf, **self.published},
            stopped={kind: why for kind, why in stopped.items() if kind not in decided} | self.stopped,
            made_by={**made_by, **dict.fromkeys(self.published, self.reporter.attempt)},
            versions={name: version(name) for name in ("llama-cpp-python", "transformers")},
        )
        staged = self.staged / METRICS
        staged.write_text(json.dumps(metrics.stored(), indent=1), encoding="utf-8")
        publish_file(staged, self.metrics_path, self.reporter)


def _read_metrics(path: Path) -> ExportFile:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        values = None
    return ExportFile.read(values, str(path))


def _set_fields(report: GgufReport) -> dict[str, object]:
    """What was measured: a speed or an answer that was not asked for stays unset."""
    return {name: getattr(report, name) for name in report.model_fields_set}
