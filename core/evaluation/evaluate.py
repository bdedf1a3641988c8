"""Scores a model, and its base beside it, on the same examples with the same prompts, settings and metrics."""

import json
import shutil
import time
from itertools import islice
from pathlib import Path

from core.artifacts import publish_file, staging_folder
from core.benchmark.speed import measure_each
from core.data.store.datasets import read_split
from core.errors import ConflictError, InputError
from core.evaluation.labels import commonest_in_words, holds_labels
from core.evaluation.nearest import nearest_answers, training_examples
from core.evaluation.report import as_text
from core.evaluation.scorers import OnDone
from core.examples.example import answer_text, is_worth_learning, shape_of
from core.full_disk import naming_full_disks
from core.models.references import locate
from core.reporting import Reporter, Stopped
from core.specs import EvaluateSpec, Shape

METRICS_FILE = "metrics.json"
PREDICTIONS_FILE = "predictions.json"
REPORT_FILE = "evaluation_report.txt"
_LOSS_EFFORT, _ANSWER_EFFORT = 1, 10
_NOTHING_ASKED = (
    "The dataset is plain text, which asks nothing: its loss, perplexity and token accuracy are measured; no answers "
    "are generated or scored."
)


def evaluate(spec: EvaluateSpec, reporter: Reporter | None = None) -> dict:
    """Score what `spec` names and leave metrics.json, predictions.json and evaluation_report.txt in its `output_dir`.

    Returns `scorecards` (role → metric → value, low, high; the ends of intervals are None where there are too few
    examples), `differences` (between the tuned model and every other role, alike), `examples`, `split`, `labels`
    (whether the answers are), `seconds`, `speed` and `files`. Roles are `base` and `tuned` for an adapter or a model
    that knows its base, `base` for a plain model, `gguf` (with `base`
    where one was named), and `nearest` for the look-up. Raises a TunewrightError in words; then nothing is published.
    """
    from core.evaluation.lineup import entrants
    from core.evaluation.scorecards import Scorecards

    reporter = reporter or Reporter()
    output = Path(spec.output_dir)
    _refuse_anothers(output, reporter)
    began = time.monotonic()
    examples = _examples(spec)
    location = locate(spec.model, spec.base_model)
    asks = shape_of(examples[0]) is not Shape.TEXT
    looked_up = nearest_answers(training_examples(spec.dataset), examples) if spec.nearest and asks else None
    labels = asks and holds_labels(spec.dataset)
    scores, notes = Scorecards(examples, labels), [] if asks else [_NOTHING_ASKED]
    notes += [commonest_in_words([answer_text(example) for example in examples])] if labels else []
    progress = _Progress(reporter, len(examples), models=1 + bool(location.base), answering=asks)
    for role, how, model, prompts, answers, shortened in entrants(location, examples, spec.batch_size):
        losses = model.answer_losses(prompts, answers, progress.stage(f"loss of {role}", _LOSS_EFFORT))
        texts = None
        if asks:
            done = progress.stage(f"answers of {role}", _ANSWER_EFFORT)
            texts = model.generate(prompts, spec.max_new_tokens, spec.temperature, spec.seed, done)
        scores.add(role, how, texts, losses)
        if shortened:
            notes.append(f"{shortened} examples were cut to the {model.context_length} tokens that {role} reads.")
    if looked_up:
        scores.add("nearest", "the answer to the most similar training question (TF-IDF)", looked_up)
    speed = None
    if spec.benchmark_speed:
        models = [location.base, spec.model] if location.base else [spec.model]
        speed = measure_each(models, spec.base_model, reporter)
    result = {
        "scorecards": scores.cards,
        "differences": scores.differences,
        "examples": len(examples),
        "split": str(spec.split),
        "labels": labels,
        "speed": speed,
        "seconds": round(time.monotonic() - began, 2),
        "model": location.label,
        "dataset": Path(spec.dataset).name,
        "how": scores.how,
        "notes": notes,
        "files": [str(output / name) for name in (METRICS_FILE, PREDICTIONS_FILE, REPORT_FILE)],
    }
    _publish(output, result, scores.rows, spec, reporter)
    return result


def _refuse_anothers(output: Path, reporter: Reporter) -> None:
    """Raise ConflictError when an evaluation stands there that is not of an earlier attempt of this very job."""
    if not (output / METRICS_FILE).exists():
        return
    made_by = json.loads((output / METRICS_FILE).read_text(encoding="utf-8")).get("made_by", "")
    job_id = reporter.attempt.rpartition(".")[0]
    if not job_id or made_by.rpartition(".")[0] != job_id:
        raise ConflictError(f"{output} holds an evaluation already.", "Choose another output folder.")


def _examples(spec: EvaluateSpec) -> list[dict]:
    examples = list(islice(filter(is_worth_learning, read_split(spec.dataset, spec.split)), spec.limit))
    if not examples:
        raise InputError(
            f"The {spec.split} split of {Path(spec.dataset).name} is empty, or all its answers are judged bad.",
            "Choose another split.",
        )
    return examples


class _Progress:
    """How much of the whole work is done, in efforts: an answer costs as much as many losses."""

    def __init__(self, reporter: Reporter, examples: int, models: int, answering: bool):
        self._reporter = reporter
        self._total = examples * models * (_LOSS_EFFORT + _ANSWER_EFFORT * answering)
        self._done = 0.0

    def stage(self, name: str, effort: float) -> OnDone:
        """What a model tells its finished examples; raises Stopped when the person wants to stop."""

        def done(examples: float) -> None:
            if wish := self._reporter.stop_requested():
                raise Stopped(wish)
            self._done += examples * effort
            self._reporter.progress(round(self._done, 1), self._total, name)

        return done


def _publish(output: Path, result: dict, rows: list[dict], spec: EvaluateSpec, reporter: Reporter) -> None:
    """Write the three files; metrics.json, by which others know that an evaluation is there, comes last."""
    record = {**result, "spec": spec.model_dump(mode="json"), "made_by": reporter.attempt}
    contents = {
        PREDICTIONS_FILE: json.dumps(rows, ensure_ascii=False, indent=1),
        REPORT_FILE: as_text(result, rows),
        METRICS_FILE: json.dumps(record, ensure_ascii=False, indent=1),
    }
    output.mkdir(parents=True, exist_ok=True)
    staged = staging_folder(output / METRICS_FILE, reporter.attempt)
    try:
        with naming_full_disks(output, staged):
            for name, content in contents.items():
                (staged / name).write_text(content, encoding="utf-8")
        for name in contents:
            publish_file(staged / name, output / name, reporter)
    finally:
        shutil.rmtree(staged)
