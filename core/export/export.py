"""The export stage: a model as GGUF files, each proved against its source before it is published."""

import json
import shutil
from importlib.metadata import version
from pathlib import Path

import numpy as np

from core.artifacts import naming_full_disks, publish_file, sha256_of, staging_folder
from core.errors import ConflictError, DiskFullError, InputError
from core.export.convert import convert_to_gguf
from core.export.parity import (
    Seen,
    check_against_f16,
    check_against_source,
    measure_gguf,
    perplexity,
    scored_sequences,
    see_first_logits,
    see_gguf,
    see_source,
)
from core.export.quantize import kept_wider, quantize_gguf, widen_gguf
from core.export.sample import Sample, take_sample
from core.jobs import ExportSpec, GgufType
from core.models.references import TRAINING_CONFIG, ModelLocation, locate
from core.reporting import Reporter

METRICS = "quantization_metrics.json"
_SHARE_OF_F16 = {GgufType.F16: 1.0, GgufType.Q8_0: 0.6, GgufType.Q5_K_M: 0.45, GgufType.Q4_K_M: 0.4, GgufType.Q4_0: 0.4}
"""Upper bounds of sizes, for the disk."""


def export(spec: ExportSpec, reporter: Reporter = Reporter()) -> dict:  # noqa: B008 - it has no state
    """Make `model-<type>.gguf` of each type and `quantization_metrics.json` in the output folder, all or none.

    Returns `gguf` (type → path, bytes, sha256, parity, perplexity, and speed and answer where asked for), `source` and
    `metrics_file`. Raises ParityError when a file does not behave like its source, InputError for a model that cannot
    be exported, ConflictError when other files have these names, DiskFullError, or Stopped.
    """
    output_dir = Path(spec.output_dir)
    output_dir.mkdir(parents=True, exist_ok=True)
    location = locate(spec.model, spec.base_model)
    if location.kind == "gguf":
        raise InputError(f"{location.label} is a GGUF already.", "Export the model that it was made from.")
    sample = take_sample(spec.dataset)
    _remove_leftovers(output_dir, reporter)
    staged = staging_folder(output_dir / "export", reporter.attempt)
    try:
        with naming_full_disks(output_dir):
            return _Export(spec, sample, staged, reporter).run(location)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _remove_leftovers(output_dir: Path, reporter: Reporter) -> None:
    """Remove what earlier attempts of this job were building when they died."""
    job_id = reporter.attempt.rpartition(".")[0]
    for folder in output_dir.glob(f".export.{job_id}.*.partial") if job_id else ():
        shutil.rmtree(folder, ignore_errors=True)


class _Export:
    """One run of the stage: what its steps share, and how far they are."""

    def __init__(self, spec: ExportSpec, sample: Sample, staged: Path, reporter: Reporter):
        self.spec = spec
        self.sample = sample
        self.staged = staged
        self.reporter = reporter
        self.steps_done = 0
        quantized = [kind for kind in spec.types if kind != GgufType.F16]
        self.steps = 4 + 2 * len(quantized) + len(self._tried()) + 1

    def run(self, location: ModelLocation) -> dict:
        model_dir = self._whole_model(location)
        self._check_space(model_dir)
        self._step("Reading the source")
        source = see_source(model_dir, self.sample, self.reporter)
        self._step("Converting to GGUF")
        f16_path = self.staged / _name(GgufType.F16)
        convert_to_gguf(model_dir, f16_path, self.reporter)
        self._step("Comparing f16 with the source")
        f16 = see_gguf(f16_path, self.sample, source, self.reporter)
        parities = {GgufType.F16: check_against_source(f16_path.name, f16, self._widened(f16_path, source), source)}
        seen = {GgufType.F16: f16}
        for kind in self.spec.types:
            if kind != GgufType.F16:
                seen[kind], parities[kind] = self._quantized(kind, f16_path, f16, source)
                for name in ("logits_max_difference", "logits_max_difference_as_run"):
                    parities[kind][name] = parities[GgufType.F16][name]  # of what it was quantized from
        tried = {kind: self._try(kind, source) for kind in self._tried()}
        reports = {
            kind: self._report(kind, parities[kind], perplexity(seen[kind], source), tried.get(kind, {}))
            for kind in dict.fromkeys((*self.spec.types, GgufType.F16))
        }
        return self._publish(reports, source, location)

    def _whole_model(self, location: ModelLocation) -> Path:
        """The folder of the model to convert; an adapter is merged into its base first."""
        self._step("Finding the model")
        if location.kind == "transformers":
            return Path(location.path)
        from core.models.loading import device, load_tokenizer, model_folder

        if location.kind == "hub":
            return model_folder(location)
        from core.training.merging import merge

        merged = self.staged / "merged_model"
        merged.mkdir()
        tokenizer = load_tokenizer(location)
        texts = [tokenizer.encode(text) for text in self.sample.texts[:4]]
        recorded = Path(location.path) / TRAINING_CONFIG
        config = json.loads(recorded.read_text(encoding="utf-8")) if recorded.exists() else {}
        dtype = "bfloat16" if device().type == "cuda" else "float32"
        report = merge(location, merged, dtype, config.get("load_in_4bit", False), texts)
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
        free_bytes = shutil.disk_usage(self.staged).free
        if free_bytes < needed_bytes:
            raise DiskFullError(
                f"The export needs up to {needed_bytes >> 20:,} MiB; {free_bytes >> 20:,} MiB are free.",
                "Free space, or export fewer types.",
                needed_bytes,
            )

    def _widened(self, f16_path: Path, source: Seen) -> np.ndarray:
        """The first logits of f16's weights, computed in 32 bits."""
        wide_path = self.staged / "f32.gguf"
        widen_gguf(f16_path, wide_path, self.reporter)
        logits = see_first_logits(wide_path, source, self.reporter)
        wide_path.unlink()
        return logits

    def _quantized(self, kind: GgufType, f16_path: Path, f16: Seen, source: Seen) -> tuple[Seen, dict]:
        self._step(f"Quantizing to {kind}")
        path = self.staged / _name(kind)
        quantize_gguf(f16_path, path, kind, self.reporter)
        self._step(f"Comparing {kind} with f16")
        seen = see_gguf(path, self.sample, source, self.reporter, original=f16_path)
        parity = check_against_f16(path.name, kind, seen, f16, source)
        parity["kept_wider"] = len(wider := kept_wider(path, kind))
        if wider:
            self.reporter.event(
                f"{len(wider)} weights of {kind} were given more bits, because their rows are no multiple of its block "
                f"(first {wider[0]}): the file is larger than usual.",
                weights=wider[:20],
            )
        return seen, parity

    def _tried(self) -> tuple[GgufType, ...]:
        """The types that are run as they will be used: with a benchmark f16 too, to compare with."""
        if self.spec.benchmark:
            return tuple(dict.fromkeys((*self.spec.types, GgufType.F16)))
        return self.spec.types if self.spec.test_generation else ()

    def _try(self, kind: GgufType, source: Seen) -> dict:
        self._step(f"Trying {kind}")
        question = None
        if self.spec.test_generation:
            question = self.spec.test_prompt or self.sample.conversations[0][0][-1]["content"]
        return measure_gguf(self.staged / _name(kind), source, self.spec.benchmark, question, self.reporter)

    def _report(self, kind: GgufType, parity: dict, perplexity: float, tried: dict) -> dict:
        path = self.staged / _name(kind)
        report = {
            "path": str(Path(self.spec.output_dir) / path.name),
            "bytes": path.stat().st_size,
            "sha256": sha256_of(path),
            "parity": parity,
            "perplexity": perplexity,
        }
        if self.spec.benchmark:
            report["speed"] = tried["speed"]
        if self.spec.test_generation and kind in self.spec.types:
            report["answer"] = tried["answer"]
        return report

    def _publish(self, reports: dict[GgufType, dict], source: Seen, location: ModelLocation) -> dict:
        self._step("Publishing")
        output_dir = Path(self.spec.output_dir)
        asked = {kind: reports[kind] for kind in self.spec.types}
        for kind, report in asked.items():
            final = output_dir / _name(kind)
            if final.exists() and sha256_of(final) != report["sha256"]:
                raise ConflictError(f"{final} exists already.", "Choose another output folder, or delete it first.")
        earlier = output_dir / METRICS
        known = json.loads(earlier.read_text(encoding="utf-8"))["gguf"] if earlier.exists() else {}
        metrics = {
            "source": location.path,
            "positions": sum(len(ids) - start for ids, start in scored_sequences(source)),
            "text": self.spec.dataset or "built-in",
            "f16": {name: fact for name, fact in reports[GgufType.F16].items() if name not in ("path", "sha256")},
            "gguf": {**known, **asked},
            "versions": {"llama-cpp-python": version("llama-cpp-python"), "transformers": version("transformers")},
        }
        (self.staged / METRICS).write_text(json.dumps(metrics, indent=1), encoding="utf-8")
        for kind in asked:
            publish_file(self.staged / _name(kind), output_dir / _name(kind), self.reporter)
        publish_file(self.staged / METRICS, earlier, self.reporter)
        self.reporter.progress(self.steps, self.steps, "Done")
        return {"gguf": asked, "source": location.path, "metrics_file": str(earlier)}

    def _step(self, stage: str) -> None:
        """Tell what begins now."""
        self.reporter.progress(self.steps_done, self.steps, stage)
        self.steps_done += 1


def _name(kind: GgufType) -> str:
    return f"model-{kind}.gguf"
