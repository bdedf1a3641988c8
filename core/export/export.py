"""The export stage: a model as GGUF files, each proved against its source and published as soon as it is.

A type that fails its proof is told, and costs the others nothing.
"""

import json
import shutil
from pathlib import Path

import numpy as np

from core.artifacts import sha256_of, staging_folder
from core.errors import InputError, NotFoundError, ParityError
from core.export.limits import Verdict
from core.export.parity import check_against_f16, check_against_source, perplexity, verdict_on
from core.export.sample import Sample, take_sample
from core.export.seen import Seen, measure_gguf, scored_sequences, see_first_logits, see_gguf, see_source
from core.export.shelf import METRICS, Shelf, gguf_name
from core.full_disk import naming_full_disks, require_room
from core.gguf.convert import convert_to_gguf
from core.gguf.header import read_header
from core.gguf.quantize import kept_wider, quantize_gguf, widen_gguf
from core.models.references import TRAINING_CONFIG, ModelLocation, locate
from core.processes.child import ChildError
from core.reporting import Reporter
from core.specs import ExportSpec, GgufType

__all__ = ["METRICS", "export"]

_SHARE_OF_F16 = {GgufType.F16: 1.0, GgufType.Q8_0: 0.6, GgufType.Q5_K_M: 0.45, GgufType.Q4_K_M: 0.4, GgufType.Q4_0: 0.4}
"""Upper bounds of sizes, for the disk."""


def export(spec: ExportSpec, reporter: Reporter = Reporter()) -> dict:  # noqa: B008 - it has no state
    """Make `model-<type>.gguf` of each type that can be shipped, and `quantization_metrics.json`, in the output folder.

    Returns `gguf` (type → path, bytes, sha256, verdict and why, parity, perplexity, and speed and answer where asked
    for), `stopped` (type → verdict, why, remedy), `source` and `metrics_file`. Raises ParityError when no type can be
    shipped, InputError for a model that cannot be exported, ConflictError when other files have these names,
    DiskFullError, or Stopped.
    """
    output_dir = Path(spec.output_dir)
    location = locate(spec.model, spec.base_model)
    if location.kind == "gguf":
        raise InputError(f"{location.label} is a GGUF already.", "Export the model that it was made from.")
    sample, text = _sample(spec, location)
    output_dir.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(output_dir, reporter)
    staged = staging_folder(output_dir / "export", reporter.attempt)
    try:
        with naming_full_disks(output_dir, staged):
            return _Export(spec, sample, text, staged, reporter).run(location)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _sample(spec: ExportSpec, location: ModelLocation) -> tuple[Sample, str]:
    """What the files are compared on, and where it is from: the dataset asked for, or what the model was trained on."""
    if spec.dataset:
        return take_sample(spec.dataset), spec.dataset
    if dataset := trained_on(location):
        try:
            return take_sample(dataset), dataset
        except (NotFoundError, InputError):  # it may have been deleted since: the model can be exported all the same
            pass
    return take_sample(None), "built-in"


def trained_on(location: ModelLocation) -> str | None:
    """The dataset folder that a model says it was trained on, which may be gone; None for a model that says nothing."""
    recorded = Path(location.path) / TRAINING_CONFIG
    return json.loads(recorded.read_text(encoding="utf-8")).get("dataset") if recorded.is_file() else None


def _remove_leftovers(output_dir: Path, reporter: Reporter) -> None:
    """Remove what earlier attempts of this job were building when they died."""
    job_id = reporter.attempt.rpartition(".")[0]
    for folder in output_dir.glob(f".export.{job_id}.*.partial") if job_id else ():
        shutil.rmtree(folder, ignore_errors=True)


class _Export:
    """One run of the stage: what its steps share, and how far they are."""

    def __init__(self, spec: ExportSpec, sample: Sample, text: str, staged: Path, reporter: Reporter):
        self.spec = spec
        self.sample, self.text = sample, text
        self.staged = staged
        self.reporter = reporter
        self.shelf = Shelf(Path(spec.output_dir), staged, reporter)
        self.quantized = [kind for kind in spec.types if kind != GgufType.F16]
        self.f16_path = staged / gguf_name(GgufType.F16)
        self.steps_done = 0
        self.steps = 4 + 2 * len(self.quantized) + len(self._tried()) + 1

    def run(self, location: ModelLocation) -> dict:
        model_dir = self._whole_model(location)
        self._check_space(model_dir)
        self._step("Reading the source")
        source = see_source(model_dir, self.sample, self.reporter)
        self._step("Converting to GGUF")
        convert_to_gguf(model_dir, self.f16_path, self.reporter, source.ends.ends)
        self._step("Comparing f16 with the source")
        f16 = see_gguf(self.f16_path, self.sample, source, self.reporter)
        parity = check_against_source(self.f16_path.name, f16, self._widened(source), source)
        reference = self._report(GgufType.F16, parity, f16, source)
        self.shelf.begin(
            {
                "source": location.path,
                "positions": sum(len(ids) - start for ids, start in scored_sequences(source)),
                "text": self.text,
                "f16": {name: fact for name, fact in reference.items() if name not in ("path", "sha256")},
            }
        )
        for kind in self.quantized:
            self._quantize(kind, f16, source, parity)
        if GgufType.F16 in self.spec.types:
            self._ship(GgufType.F16, reference)
        return self._result(location)

    def _whole_model(self, location: ModelLocation) -> Path:
        """The folder of the model to convert; an adapter is merged into its base first."""
        self._step("Finding the model")
        if location.kind == "transformers":
            return Path(location.path)
        from core.models.loading import load_tokenizer, model_folder
        from core.models.precision import compute_dtype

        if location.kind == "hub":
            return model_folder(location)
        from core.models.merging import merge

        merged = self.staged / "merged_model"
        merged.mkdir()
        tokenizer = load_tokenizer(location)
        texts = [tokenizer.encode(text) for text in self.sample.texts[:4]]
        recorded = Path(location.path) / TRAINING_CONFIG
        config = json.loads(recorded.read_text(encoding="utf-8")) if recorded.exists() else {}
        report = merge(location, merged, compute_dtype(location), config.get("load_in_4bit", False), texts)
        self.reporter.event(
            f"Merged into the {report['method']} weights: {report['difference']:.2%} from the model as trained.",
            **report,
        )
        return merged

    def _check_space(self, model_dir: Path) -> None:
        """Refuse to begin what the disk cannot hold."""
        source_bytes = sum(path.stat().st_size for path in model_dir.glob("*.safetensors"))
        shares = [_SHARE_OF_F16[kind] for kind in {*self.spec.types, GgufType.F16}]
        needed_bytes = int(source_bytes * max(3.0, sum(shares)))  # f16 and the same in 32 bits, before the others
        require_room(self.staged.parent, needed_bytes)

    def _widened(self, source: Seen) -> np.ndarray:
        """The first logits of f16's weights, computed in 32 bits."""
        wide_path = self.staged / "f32.gguf"
        widen_gguf(self.f16_path, wide_path, self.reporter)
        logits = see_first_logits(wide_path, source, self.reporter)
        wide_path.unlink()
        return logits

    def _quantize(self, kind: GgufType, f16: Seen, source: Seen, f16_parity: dict) -> None:
        """Make one type and ship it, or say why not."""
        path = self.staged / gguf_name(kind)
        try:
            self._step(f"Quantizing to {kind}")
            quantize_gguf(self.f16_path, path, kind, self.reporter)
            self._step(f"Comparing {kind} with f16")
            seen = see_gguf(path, self.sample, source, self.reporter, original=self.f16_path)
            parity = check_against_f16(path.name, kind, seen, f16, source, self._parameters())
            for name in ("logits_difference", "logits_max_difference", "logits_max_difference_as_run"):
                parity[name] = f16_parity[name]  # of what it was quantized from
            parity["kept_wider"] = self._kept_wider(kind, path)
            report = self._report(kind, parity, seen, source)
        except (ParityError, ChildError) as error:
            path.unlink(missing_ok=True)
            self.shelf.stop(kind, error)
            self.reporter.event(f"{kind} was stopped. {error.message} {error.remedy}")
            return
        self._ship(kind, report)

    def _parameters(self) -> int:
        return sum(int(np.prod(tensor.shape)) for tensor in read_header(self.f16_path).tensors)

    def _kept_wider(self, kind: GgufType, path: Path) -> int:
        wider = kept_wider(path, kind)
        if wider:
            self.reporter.event(
                f"{len(wider)} weights of {kind} were given more bits, because their rows are no multiple of its block "
                f"(first {wider[0]}): the file is larger than usual.",
                weights=wider[:20],
            )
        return len(wider)

    def _tried(self) -> tuple[GgufType, ...]:
        """The types that are run as they will be used: with a benchmark f16 too, to compare with."""
        if self.spec.benchmark:
            return tuple(dict.fromkeys((*self.spec.types, GgufType.F16)))
        return self.spec.types if self.spec.test_generation else ()

    def _report(self, kind: GgufType, parity: dict, seen: Seen, source: Seen) -> dict:
        """All there is to say of a type that can be shipped."""
        path = self.staged / gguf_name(kind)
        verdict, why = verdict_on(kind, parity)
        report = {
            "path": str(Path(self.spec.output_dir) / path.name),
            "bytes": path.stat().st_size,
            "sha256": sha256_of(path),
            "verdict": verdict,
            "why": why,
            "parity": parity,
            "perplexity": perplexity(seen, source),
        }
        if kind not in self._tried():
            return report
        self._step(f"Trying {kind}")
        question = None
        if self.spec.test_generation:
            question = self.spec.test_prompt or self.sample.conversations[0][0][-1]["content"]
        tried = measure_gguf(path, source, self.spec.benchmark, question, self.reporter)
        if self.spec.benchmark:
            report["speed"] = tried["speed"]
        if self.spec.test_generation and kind in self.spec.types:
            report["answer"] = tried["answer"]
        return report

    def _ship(self, kind: GgufType, report: dict) -> None:
        if report["verdict"] is Verdict.NOT_RECOMMENDED:
            self.reporter.event(f"{kind} is not recommended: {report['why']}.")
        self.shelf.put(kind, report)

    def _result(self, location: ModelLocation) -> dict:
        shipped, stopped = self.shelf.shipped, self.shelf.stopped
        if not shipped:
            reasons = " ".join(f"{kind}: {found['why']}" for kind, found in stopped.items())
            raise ParityError(f"No type can be shipped. {reasons}", next(iter(stopped.values()))["remedy"])
        self.shelf.finish()
        self.reporter.progress(self.steps, self.steps, "Done")
        return {
            "gguf": {kind: shipped[kind] for kind in self.spec.types if kind in shipped},
            "stopped": stopped,
            "source": location.path,
            "metrics_file": str(self.shelf.metrics_path),
        }

    def _step(self, stage: str) -> None:
        """Tell what begins now."""
        self.reporter.progress(self.steps_done, self.steps, stage)
        self.steps_done += 1
