"""The export job: a model as GGUF files, each checked against its source and published as soon as it passes.

A type that fails its checks is reported and does not stop the others.
"""

import shutil
from pathlib import Path

import numpy as np

from core.artifacts import staging_folder
from core.errors import InputError, ParityError
from core.export.distances import perplexity
from core.export.limits import verdict_on
from core.export.parity import check_against_f16, check_against_source
from core.export.probing.outputs import Outputs
from core.export.probing.run import first_logits, gguf_outputs, source_outputs, try_gguf
from core.export.probing.sequences import scored_targets
from core.export.publishing import METRICS, Publisher, gguf_name
from core.export.sample import Sample
from core.export.source import sample_for, whole_model
from core.full_disk import naming_full_disks, require_room
from core.gguf.convert import convert_to_gguf
from core.gguf.header import read_header
from core.gguf.quantize import kept_wider, quantize_gguf, widen_gguf
from core.models.references import ModelLocation, locate
from core.processes.child import ChildError
from core.reporting import Reporter
from core.specs import ExportSpec, GgufType
from core.specs.results.export import ExportResult, FileVerdict, GgufReport, Parity

__all__ = ["METRICS", "export"]

_SHARE_OF_F16 = {GgufType.F16: 1.0, GgufType.Q8_0: 0.6, GgufType.Q5_K_M: 0.45, GgufType.Q4_K_M: 0.4, GgufType.Q4_0: 0.4}
"""Upper bounds of file sizes, to check for disk space."""


def export(spec: ExportSpec, reporter: Reporter = Reporter()) -> ExportResult:  # noqa: B008 - it is stateless
    """Publish `model-<type>.gguf` of each type that passes, and `quantization_metrics.json`, in the output folder.

    Raises ParityError when no type passes, InputError for a model that cannot be exported, ConflictError when files of
    another job have these names, DiskFullError, or Stopped.
    """
    output_dir = Path(spec.output_dir)
    location = locate(spec.model, spec.base_model)
    if location.kind == "gguf":
        raise InputError(f"{location.label} is a GGUF already.", "Export the model that it was made from.")
    sample, text = sample_for(spec, location)
    output_dir.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(output_dir, reporter)
    staged = staging_folder(output_dir / "export", reporter.attempt)
    try:
        with naming_full_disks(output_dir, staged):
            return _Export(spec, sample, text, staged, reporter).run(location)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _remove_leftovers(output_dir: Path, reporter: Reporter) -> None:
    """Remove what earlier attempts of this job had staged when they died."""
    for folder in output_dir.glob(f".export.{reporter.job_id}.*.partial") if reporter.job_id else ():
        shutil.rmtree(folder, ignore_errors=True)


class _Export:
    """One run of the job: the state that its steps share."""

    def __init__(self, spec: ExportSpec, sample: Sample, text: str, staged: Path, reporter: Reporter):
        self.spec = spec
        self.sample, self.text = sample, text
        self.staged = staged
        self.reporter = reporter
        self.publisher = Publisher(Path(spec.output_dir), staged, reporter)
        self.quantized = [kind for kind in spec.types if kind != GgufType.F16]
        self.f16_path = staged / gguf_name(GgufType.F16)
        self.steps_done = 0
        self.steps = 4 + 2 * len(self.quantized) + len(self._tried()) + 1

    def run(self, location: ModelLocation) -> ExportResult:
        self._step("Finding the model")
        model_dir = whole_model(location, self.sample, self.staged, self.reporter)
        self._require_room(model_dir)
        self._step("Reading the source")
        source = source_outputs(model_dir, self.sample, self.reporter)
        self._step("Converting to GGUF")
        convert_to_gguf(model_dir, self.f16_path, self.reporter, source.special.ends)
        self._step("Comparing f16 with the source")
        f16 = gguf_outputs(self.f16_path, self.sample, source, self.reporter)
        parity = check_against_source(self.f16_path.name, f16, self._widened(source), source)
        f16_report = self._report(GgufType.F16, parity, f16, source)
        self.publisher.begin(location.path, len(scored_targets(source)), self.text, f16_report)
        for kind in self.quantized:
            self._quantize(kind, f16, source, parity)
        if GgufType.F16 in self.spec.types:
            self._publish(GgufType.F16, f16_report)
        return self._result(location)

    def _require_room(self, model_dir: Path) -> None:
        """Raise DiskFullError before starting what the disk cannot hold."""
        source_bytes = sum(path.stat().st_size for path in model_dir.glob("*.safetensors"))
        shares = [_SHARE_OF_F16[kind] for kind in {*self.spec.types, GgufType.F16}]
        needed_bytes = int(source_bytes * max(3.0, sum(shares)))  # f16 and the same in 32 bits, before the others
        require_room(self.staged.parent, needed_bytes)

    def _widened(self, source: Outputs) -> np.ndarray:
        """The first logits of f16's weights, computed in 32 bits."""
        wide_path = self.staged / "f32.gguf"
        widen_gguf(self.f16_path, wide_path, self.reporter)
        logits = first_logits(wide_path, source, self.reporter)
        wide_path.unlink()
        return logits

    def _quantize(self, kind: GgufType, f16: Outputs, source: Outputs, f16_parity: Parity) -> None:
        """Make and publish one type, or note why not."""
        path = self.staged / gguf_name(kind)
        try:
            self._step(f"Quantizing to {kind}")
            quantize_gguf(self.f16_path, path, kind, self.reporter)
            self._step(f"Comparing {kind} with f16")
            outputs = gguf_outputs(path, self.sample, source, self.reporter, original=self.f16_path)
            parity = check_against_f16(path.name, kind, outputs, f16, source, self._parameters())
            of_f16 = {
                name: getattr(f16_parity, name)
                for name in ("logits_difference", "logits_max_difference", "logits_max_difference_as_run")
            }
            parity = parity.model_copy(update=of_f16 | {"kept_wider": self._kept_wider(kind, path)})
            report = self._report(kind, parity, outputs, source)
        except (ParityError, ChildError) as error:
            path.unlink(missing_ok=True)
            self.publisher.stop(kind, error)
            self.reporter.event(f"{kind} was stopped. {error.message} {error.remedy}")
            return
        self._publish(kind, report)

    def _parameters(self) -> int:
        return sum(int(np.prod(tensor.shape)) for tensor in read_header(self.f16_path).tensors)

    def _kept_wider(self, kind: GgufType, path: Path) -> int:
        wider = kept_wider(path, kind)
        if wider:
            self.reporter.event(
                f"{len(wider)} tensors of {kind} were stored with more bits, because their row length is not a "
                f"multiple of its block size (first {wider[0]}): the file is larger than usual.",
                weights=wider[:20],
            )
        return len(wider)

    def _tried(self) -> tuple[GgufType, ...]:
        """The types to run as they will be used; a benchmark also runs f16, to compare with."""
        if self.spec.benchmark:
            return tuple(dict.fromkeys((*self.spec.types, GgufType.F16)))
        return self.spec.types if self.spec.test_generation else ()

    def _report(self, kind: GgufType, parity: Parity, outputs: Outputs, source: Outputs) -> GgufReport:
        """What was measured of a type that passed every check."""
        path = self.staged / gguf_name(kind)
        verdict, why = verdict_on(kind, parity)
        measured = {"perplexity": perplexity(outputs.scored, scored_targets(source))}
        if kind in self._tried():
            self._step(f"Trying {kind}")
            question = None
            if self.spec.test_generation:
                question = self.spec.test_prompt or self.sample.conversations[0][0][-1]["content"]
            speed, answer = try_gguf(path, source, self.spec.benchmark, question, self.reporter)
            if self.spec.benchmark:
                measured["speed"] = speed
            if self.spec.test_generation and kind in self.spec.types:
                measured["answer"] = answer
        return GgufReport(bytes=path.stat().st_size, verdict=verdict, why=why, parity=parity, **measured)

    def _publish(self, kind: GgufType, report: GgufReport) -> None:
        if report.verdict is FileVerdict.NOT_RECOMMENDED:
            self.reporter.event(f"{kind} is not recommended: {report.why}.")
        self.publisher.publish(kind, report)

    def _result(self, location: ModelLocation) -> ExportResult:
        published, stopped = self.publisher.published, self.publisher.stopped
        if not published:
            reasons = " ".join(f"{kind}: {found.why}" for kind, found in stopped.items())
            raise ParityError(f"No type can be shipped. {reasons}", next(iter(stopped.values())).remedy)
        self.publisher.finish()
        self.reporter.progress(self.steps, self.steps, "Done")
        return ExportResult(
            gguf={kind: published[kind] for kind in self.spec.types if kind in published},
            stopped=stopped,
            source=location.path,
            metrics_file=str(self.publisher.metrics_path),
        )

    def _step(self, stage: str) -> None:
        """Report what starts now."""
        self.reporter.progress(self.steps_done, self.steps, stage)
        self.steps_done += 1
