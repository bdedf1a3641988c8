"""The handler of each job kind: what it runs, and which artifacts it made.

Every handler can run again after its process died: it publishes only at its end, by renaming, and training resumes
from its last complete checkpoint. Each imports what it needs when it runs, since most load an ML library.
"""

from collections.abc import Callable
from pathlib import Path

from core.artifacts import remove_folders
from core.disk_space import size_bytes
from core.errors import CorruptArtifactError, InputError, NotFoundError
from core.manifests import MANIFEST, sha256_of, verify_manifest
from core.reporting import Reporter
from core.specs import (
    ArtifactKind,
    BenchmarkSpec,
    EvaluateSpec,
    ExportSpec,
    JobKind,
    JudgeSpec,
    PrepareSpec,
    Spec,
    SynthesizeSpec,
    TrainSpec,
)
from core.specs.names import dataset_folder
from core.specs.results.prepare import DatasetResult
from storage.artifacts import NewArtifact
from storage.settings import settings

Made = tuple[dict, list[NewArtifact]]
"""A handler's result, and the artifacts in it."""


def _prepare(spec: PrepareSpec, reporter: Reporter) -> Made:
    from core.data.preparing.prepare import prepare

    _remove_earlier_attempt(dataset_folder(spec), reporter)
    return _dataset(spec, prepare(spec, reporter))


def _synthesize(spec: SynthesizeSpec, reporter: Reporter) -> Made:
    from core.data.synthesis.synthesize import synthesize

    _remove_earlier_attempt(dataset_folder(spec), reporter)
    return _dataset(spec, synthesize(spec, reporter, settings().synthesis_endpoints.split(",")))


def _dataset(spec: PrepareSpec | SynthesizeSpec, made: DatasetResult) -> Made:
    return made.stored(), [_folder(ArtifactKind.DATASET, spec.name, made.path, {"splits": made.splits})]


def _train(spec: TrainSpec, reporter: Reporter) -> Made:
    from core.data.store.questions import questions_of
    from core.gguf.convert import why_no_gguf
    from core.models.folders import base_folder
    from core.models.references import locate
    from core.training.train import train

    if reason := why_no_gguf(base_folder(locate(spec.model), reporter)):
        reporter.event(f"This model can be trained, scored and chatted with here, but not exported to GGUF: {reason}.")
    facts = {
        "model": spec.model,
        "questions": questions_of(spec.dataset),
    }  # to try it with, once its dataset is gone too
    result = train(spec, reporter, settings().synthesis_endpoints.split(","))
    if not result.adapter:  # full fine-tuning
        return result.stored(), [_folder(ArtifactKind.MERGED_MODEL, spec.name, result.merged_model, facts)]
    made = [_folder(ArtifactKind.ADAPTER, spec.name, result.adapter, facts)]
    if result.merged_model:
        made.append(_folder(ArtifactKind.MERGED_MODEL, spec.name, result.merged_model, {"model": spec.model}))
    return result.stored(), made


def _evaluate(spec: EvaluateSpec, reporter: Reporter) -> Made:
    from core.evaluation.evaluate import evaluate

    endpoints, tasks = settings().synthesis_endpoints.split(","), settings().harness_tasks
    result = evaluate(spec, reporter, endpoints, tasks).stored()
    folder, facts = Path(spec.output_dir), {"model": result["model"], "split": spec.split}
    files = {spec.name: "metrics.json", f"{spec.name} predictions": "predictions.json"}
    return result, [_file(ArtifactKind.EVALUATION, name, folder / file, facts) for name, file in files.items()]


def _export(spec: ExportSpec, reporter: Reporter) -> Made:
    from core.export.export import export

    questions = _questions_to(spec)
    result = export(spec, reporter)
    made = [
        NewArtifact(
            ArtifactKind.GGUF, f"{spec.name} {name}", gguf.path, gguf.bytes, gguf.sha256,
            {"type": name, "model": spec.model, "questions": questions},
        )
        for name, gguf in result.gguf.items()
    ]  # fmt: skip
    return result.stored(), made


def _questions_to(spec: ExportSpec) -> list[str]:
    """What to try a tuned model with, of the dataset it was trained on; kept, as that and the run may be deleted."""
    from core.data.store.questions import questions_of
    from core.export.source import trained_on
    from core.models.references import locate

    dataset = trained_on(locate(spec.model, spec.base_model))
    try:
        return questions_of(dataset) if dataset else []
    except (NotFoundError, InputError, CorruptArtifactError):
        return []  # the dataset is gone: the model can be exported all the same


def _benchmark(spec: BenchmarkSpec, reporter: Reporter) -> Made:
    from core.benchmark.benchmark import benchmark

    result = benchmark(spec, reporter).stored()
    report = Path(spec.output_dir) / "benchmark.json"
    return result, [_file(ArtifactKind.BENCHMARK, spec.name, report, {"models": list(spec.models)})]


def _judge(spec: JudgeSpec, reporter: Reporter) -> Made:
    from core.evaluation.judging.judge import JUDGE_FILE, JUDGEMENTS_FILE, judge

    result = judge(spec, reporter, settings().synthesis_endpoints.split(",")).stored()
    folder, facts = Path(spec.output_dir), {"judge": result["judge"], "form": spec.form}
    files = {spec.name: JUDGE_FILE, f"{spec.name} judgements": JUDGEMENTS_FILE}
    return result, [_file(ArtifactKind.EVALUATION, name, folder / file, facts) for name, file in files.items()]


HANDLERS: dict[JobKind, Callable[[Spec, Reporter], Made]] = {
    JobKind.PREPARE: _prepare,
    JobKind.SYNTHESIZE: _synthesize,
    JobKind.TRAIN: _train,
    JobKind.EVALUATE: _evaluate,
    JobKind.EXPORT: _export,
    JobKind.BENCHMARK: _benchmark,
    JobKind.JUDGE: _judge,
}


def _remove_earlier_attempt(folder: Path, reporter: Reporter) -> None:
    """Remove what this same job published before its process died; anything else stays."""
    try:
        made_by = verify_manifest(folder)["made_by"]
    except CorruptArtifactError:
        return
    if reporter.is_same_job(made_by):
        remove_folders([folder], reporter)


def _folder(kind: ArtifactKind, name: str, path: str, facts: dict) -> NewArtifact:
    folder = Path(path)
    return NewArtifact(kind, name, path, size_bytes(folder), sha256_of(folder / MANIFEST), facts)


def _file(kind: ArtifactKind, name: str, path: Path, facts: dict) -> NewArtifact:
    return NewArtifact(kind, name, str(path), path.stat().st_size, sha256_of(path), facts)
