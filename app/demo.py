"""The demo: every step once on samples: dataset, training, scores, exam, GGUF files, an answer.

Each step is an ordinary job: it appears on the pages, and its output stays in the workspace.
"""

import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

from app.data.datasets import find_dataset, preview
from app.data.start_preparing import start_preparing
from app.evaluation.evidence import verdict_of
from app.evaluation.start_evaluating import start_evaluating
from app.export.start_exporting import start_exporting
from app.models.catalogue import default_model
from app.models.find_model import find_model
from app.plumbing.places import next_name
from app.training.start_training import start_training
from core.models.catalogue import SMOLLM2, STARTER
from core.specs import GgufType, JobKind
from core.specs.results.evaluate import EvaluateResult
from core.specs.results.export import ExportResult
from core.specs.results.prepare import PrepareResult
from core.specs.results.train import TrainResult
from storage.actors import Actor
from storage.rows import Job

EXAMPLES, EXAM_EXAMPLES = 100, 110
SEED = 42
_EXAM_SEED_AHEAD = 1000
_TYPES = (GgufType.Q4_K_M, GgufType.Q8_0)
_OF_A_GGUF = {"bytes", "path", "verdict", "why", "parity"}
_SCORING = {"max_new_tokens": 100, "batch_size": EXAM_EXAMPLES}
"""The longest sample answer has 96 tokens, so there is no need to wait for a model that rambles."""


@dataclass(frozen=True)
class DemoCost:
    """What the demo took from end to end on two processor cores, and left on disk."""

    seconds: float
    left_bytes: float


DEMO_COSTS = {SMOLLM2.reference: DemoCost(498, 695e6), STARTER: DemoCost(156, 81e6)}
"""By base model, as measured in docs/benchmarks.md."""


def run_demo(actor: Actor, finish: Callable[[Job], dict], model: str | None = None, seed: int = SEED) -> dict:
    """Run every step and collect the figures. `finish` waits for a started job and returns its result.

    `model` is the base model (default: the studio's), `seed` that of samples and training. Scores are plain numbers;
    `intervals` holds their 95 % intervals. `exam` also has the paired differences of the tuned model to its base and to
    the look-up in ROUGE-L, and the verdict of the Evaluate page. Raises what `finish` raises.
    """
    base = find_model(actor, model or default_model(actor)).reference
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(stage: str):
        began = time.monotonic()
        yield
        seconds[stage] = round(time.monotonic() - began, 1)

    name = next_name(JobKind.PREPARE, "demo healthcare")
    with timed("prepare"):
        job = start_preparing(actor, source="sample", domain="healthcare", num_samples=EXAMPLES, seed=seed, name=name)
        data = PrepareResult.read(finish(job), job.name)
        job = _exam(actor, name, data.path, seed)
        exam_data = PrepareResult.read(finish(job), job.name)
    with timed("train"):
        job = start_training(actor, model=base, dataset=data.path, seed=seed, name=name)
        trained = TrainResult.read(finish(job), job.name)
    tuned = trained.merged_model or trained.adapter
    with timed("evaluate"):
        job = start_evaluating(actor, model=tuned, dataset=data.path, name=f"{name} test", **_SCORING)
        scores = EvaluateResult.read(finish(job), job.name)
    with timed("exam"):
        asked = {"dataset": exam_data.path, "name": f"{name} exam", "nearest": True}
        job = start_evaluating(actor, model=tuned, **asked, **_SCORING)
        exam = EvaluateResult.read(finish(job), job.name)
        verdict = verdict_of(actor, job.id)
    question = _question(actor, data.path)
    with timed("export"):
        job = start_exporting(actor, model=tuned, types=_TYPES, name=name, test_generation=True, test_prompt=question)
        gguf = ExportResult.read(finish(job), job.name).gguf
    return {
        "dataset": data.splits | {"duplicates": data.duplicates},
        "base": _figures(scores, "base"),
        "tuned": _figures(scores, "tuned"),
        "model": base,
        "exam": {role: _figures(exam, role) for role in ("base", "tuned", "nearest")}
        | {
            "examples": exam.examples,
            "differences": {other: above["rougeL"].model_dump() for other, above in exam.differences["tuned"].items()},
            "verdict": verdict.sentence,
        },
        "intervals": {"test": scores.stored()["scorecards"], "exam": exam.stored()["scorecards"]},
        "validation_loss": {"first": trained.first_validation_loss, "best": trained.best_validation_loss},
        "gguf": {
            kind: file.model_dump(mode="json", include=_OF_A_GGUF, exclude_unset=True) for kind, file in gguf.items()
        },
        "question": question,
        "answer": next(iter(gguf.values())).answer,  # of the first type that was shipped
        "seconds": seconds,
    }


def _exam(actor: Actor, name: str, dataset: str, seed: int) -> Job:
    """The exam: questions from another seed, none of which is in the training split word for word."""
    return start_preparing(actor,
        source="sample", domain="healthcare", num_samples=EXAM_EXAMPLES, seed=seed + _EXAM_SEED_AHEAD,
        name=f"{name} exam", train_ratio=0, val_ratio=0, test_ratio=1, exclude_dataset=find_dataset(actor, dataset),
    )  # fmt: skip


def _figures(result: EvaluateResult, role: str) -> dict[str, float]:
    return {name: score.value for name, score in result.scorecards[role].items()}


def _question(actor: Actor, dataset: str) -> str:
    """The final question: the first test question about a trained fact, in new words; else the first one."""
    taught = {_fact(example) for example in preview(actor, dataset, "train", limit=EXAMPLES)}
    asked = preview(actor, dataset, "test", limit=EXAMPLES)
    example = next((one for one in asked if _fact(one) in taught), asked[0])
    return "\n".join(part for part in (example["instruction"], example.get("input")) if part)


def _fact(example: dict) -> tuple[str, str]:
    return example["topic"], example["aspect"]
