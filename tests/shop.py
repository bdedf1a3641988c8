"""Things in a workspace, for tests of pages that show them: a dataset, a run, scorecards, GGUF files."""

import json
from pathlib import Path

from core.specs import ArtifactKind, EvaluateSpec, ExportSpec, JobKind, PrepareSpec, Spec, TrainSpec
from storage.artifacts import NewArtifact
from storage.database import Store
from tests.core.data.stored import store_dataset
from tests.succeeded import succeeded

QUESTION = "Wo ist mein Paket?"


Made = dict[ArtifactKind, list[tuple[str, Path]]]


def done(store: Store, kind: JobKind, spec: Spec, result: dict, made: Made) -> str:
    """A job that has succeeded and registered empty files, each under a name; returns its id."""
    artifacts = []
    for artifact, files in made.items():
        for name, path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.touch()
            artifacts.append(NewArtifact(artifact, name, str(path), 1000, "0" * 64))
    return succeeded(store, kind, spec, result, artifacts).id


def a_dataset(store: Store, home: Path, root: str, version: int = 1) -> str:
    """A dataset of a German shop; returns the id of the job that made it."""
    name = root if version == 1 else f"{root}.v{version}"
    folder = home / "datasets" / f"{name}_dataset"
    row = {"instruction": QUESTION, "input": "", "output": "Unterwegs."}
    store_dataset(folder, {"train": [row] * 4, "test": [row]})
    report = {
        "splits": {"train": 4, "test": 1}, "verdict": {"state": "ready", "why": []}, "findings": [], "duplicates": 0,
        "counts": {"read": 5, "kept": 5, "dropped": 0}, "source": {"kind": "file"},
        "version": {"root": root, "number": version},
    }  # fmt: skip
    (folder / "data_report.json").write_text(json.dumps(report))
    parent = {"parent": str(home / "datasets" / f"{root}_dataset"), "source": "dataset"} if version > 1 else {}
    spec = PrepareSpec(name=name, output_dir=str(folder.parent), **{"source": "sample", "num_samples": 5} | parent)
    return done(
        store, JobKind.PREPARE, spec, {"path": str(folder), "report": report}, {ArtifactKind.DATASET: [(name, folder)]}
    )


def a_run(store: Store, home: Path, name: str, dataset: str = "kunden") -> str:
    """A run on a dataset; returns its id."""
    folder = home / "runs" / name
    spec = TrainSpec(name=name, output_dir=str(folder), dataset=str(home / "datasets" / f"{dataset}_dataset"))
    result = {
        "steps": 10, "seconds": 5.0, "first_validation_loss": 3.0, "best_validation_loss": 1.5, "best_step": 10,
        "kept_step": 10, "last_validation_loss": 1.5, "adapter": str(folder / "final"),
    }  # fmt: skip
    return done(store, JobKind.TRAIN, spec, result, {ArtifactKind.ADAPTER: [(name, folder / "final")]})


def an_evaluation(store: Store, home: Path, name: str, run: str) -> str:
    """Scorecards of a run; returns the id."""
    folder = home / "runs" / name
    spec = EvaluateSpec(
        name=name, output_dir=str(folder), model=str(home / "runs" / run),
        dataset=str(home / "datasets" / "kunden_dataset"),
    )  # fmt: skip
    card = {name: {"value": 0.5, "low": None, "high": None} for name in ("loss", "exact_match", "rougeL")}
    result = {"scorecards": {"base": card, "tuned": card}, "examples": 1, "split": "test", "seconds": 1.0}
    return done(store, JobKind.EVALUATE, spec, result, {ArtifactKind.EVALUATION: [(name, folder / "metrics.json")]})


def an_export(store: Store, home: Path, name: str, run: str, verdicts: dict[str, str]) -> str:
    """GGUF files of a run, each type with its verdict; returns the id."""
    folder = home / "exports" / name
    files = {kind: folder / f"model-{kind}.gguf" for kind in verdicts}
    spec = ExportSpec(name=name, output_dir=str(folder), model=str(home / "runs" / run), types=tuple(verdicts))
    parity = {"mean_kl_divergence": 0.01, "largest_kl_recommended": 0.25, "top1_agreement": 0.9}
    result = {
        "gguf": {
            kind: {"path": str(path), "bytes": 1000, "sha256": "0" * 64, "verdict": verdicts[kind], "parity": parity}
            for kind, path in files.items()
        }
    }
    made = [(f"{name} {kind}", path) for kind, path in files.items()]
    return done(store, JobKind.EXPORT, spec, result, {ArtifactKind.GGUF: made})
