"""Scores a model, its base and a baseline on the same examples with the same prompts, settings and metrics."""

import time
from itertools import islice
from pathlib import Path

from core.artifacts import refuse_foreign_file
from core.benchmark.speed import measure_each
from core.data.store.datasets import read_split
from core.errors import InputError
from core.evaluation.baseline import nearest_answers, training_examples
from core.evaluation.labels import holds_labels, majority_baseline
from core.evaluation.progress import Progress
from core.evaluation.publishing import FILES, METRICS_FILE, publish_evaluation
from core.examples.example import answer_text, is_worth_learning, shape_of
from core.models.references import ModelLocation, locate
from core.reporting import Reporter
from core.specs import EvaluateSpec, Shape
from core.specs.results.benchmark import Speed
from core.specs.results.evaluate import EvaluateResult

_PLAIN_TEXT = (
    "The dataset is plain text, which asks nothing: its loss, perplexity and token accuracy are measured; no answers "
    "are generated or scored."
)


def evaluate(spec: EvaluateSpec, reporter: Reporter | None = None) -> EvaluateResult:
    """Score what `spec` names and publish metrics.json, predictions.json and evaluation_report.txt in its `output_dir`.

    Roles are `base` and `tuned` for an adapter or a model that knows its base, `base` for any other model, `gguf` (with
    `base` where one is named), and `nearest` for the baseline. Raises a TunewrightError; then nothing is published.
    """
    from core.evaluation.candidates import candidates
    from core.evaluation.scorecards import Scorecards

    reporter = reporter or Reporter()
    output = Path(spec.output_dir)
    refuse_foreign_file(output / METRICS_FILE, reporter)
    began = time.monotonic()
    examples = _examples(spec)
    location = locate(spec.model, spec.base_model)
    asks = shape_of(examples[0]) is not Shape.TEXT
    baseline = nearest_answers(training_examples(spec.dataset), examples) if spec.nearest and asks else None
    labels = asks and holds_labels(spec.dataset)
    scores, notes = Scorecards(examples, labels), [] if asks else [_PLAIN_TEXT]
    notes += [majority_baseline([answer_text(example) for example in examples])] if labels else []
    progress = Progress(reporter, len(examples), models=1 + bool(location.base), generates=asks)
    for role, how, model, prompts, answers, truncated in candidates(location, examples, spec.batch_size):
        losses = model.answer_losses(prompts, answers, progress.of_losses(role))
        texts = None
        if asks:
            done = progress.of_answers(role)
            texts = model.generate(prompts, spec.max_new_tokens, spec.temperature, spec.seed, done)
        scores.add(role, how, texts, losses)
        if truncated:
            notes.append(f"{truncated} examples were cut to {role}'s context length of {model.context_length} tokens.")
    if baseline:
        scores.add("nearest", "the answer to the most similar training question (TF-IDF)", baseline)
    result = EvaluateResult(
        scorecards=scores.cards,
        differences=scores.differences,
        examples=len(examples),
        split=str(spec.split),
        labels=labels,
        speed=_speed(spec, location, reporter) if spec.benchmark_speed else None,
        seconds=round(time.monotonic() - began, 2),
        model=location.label,
        dataset=Path(spec.dataset).name,
        how=scores.how,
        notes=notes,
        files=[str(output / name) for name in FILES],
    )
    publish_evaluation(output, result, scores.predictions, spec, reporter)
    return result


def _examples(spec: EvaluateSpec) -> list[dict]:
    examples = list(islice(filter(is_worth_learning, read_split(spec.dataset, spec.split)), spec.limit))
    if not examples:
        raise InputError(
            f"The {spec.split} split of {Path(spec.dataset).name} is empty, or all its answers are judged bad.",
            "Choose another split.",
        )
    return examples


def _speed(spec: EvaluateSpec, location: ModelLocation, reporter: Reporter) -> dict[str, Speed]:
    models = [location.base, spec.model] if location.base else [spec.model]
    return measure_each(models, spec.base_model, reporter)
