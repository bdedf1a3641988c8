"""The result of each command as text."""

from collections.abc import Iterator

from app.cli.evaluation.answers import in_words as answers_in_words
from app.cli.evaluation.judging import in_words as judged_in_words
from app.cli.evaluation.reports import gate_in_words, report_in_words
from app.cli.jobs import in_words as jobs_in_words
from app.cli.models import in_words as models_in_words
from app.cli.runs import in_words as runs_in_words
from app.cli.sweeps import in_words as sweep_in_words
from core.evaluation.statistics.verdicts import is_told_apart, what_was_shown
from core.specs.results.benchmark import Speed
from core.specs.results.evaluate import Difference, EvaluateResult, Scorecard
from core.specs.results.export import ExportResult
from core.specs.results.prepare import PrepareResult, SynthesizeResult
from core.specs.results.report import DataReport
from core.specs.results.train import MergeRefused, TrainResult


def in_words(command: str, result: dict) -> Iterator[str]:
    """The result of a command as lines of text."""
    return _WORDS.get(command, lambda _result: iter(()))(result)


def _prepared(values: dict) -> Iterator[str]:
    result = PrepareResult.read(values, "The result")
    splits = ", ".join(f"{count} {split}" for split, count in result.splits.items())
    yield f"Dataset: {result.path}"
    yield f"Examples: {splits}; {result.duplicates} duplicates dropped"
    yield from _told(result.report)


def _told(report: DataReport) -> Iterator[str]:
    """What a dataset's report says: detected columns, notes, findings, verdict."""
    if report.detected:
        yield report.detected.reason
    yield from (f"Note: {note}" for note in report.source.notes)
    for finding in report.findings:
        yield f"{finding.severity.capitalize()}: {finding.title}. {finding.why}"
    yield f"Verdict: {report.state}"


def _written(values: dict) -> Iterator[str]:
    result = SynthesizeResult.read(values, "The result")
    splits = ", ".join(f"{count} {split}" for split, count in result.splits.items())
    yield f"Dataset: {result.path}"
    yield f"Examples: {splits}; {result.stopped_by}"
    yield f"Answers: {result.asked}, tokens: {result.tokens:,}" + (
        f", cost: ${result.cost_usd:.4f}" if result.cost_usd else ""
    )
    for reason, count in result.left_out.items():
        yield f"Dropped: {count} ({reason})"


def _trained(values: dict) -> Iterator[str]:
    result = TrainResult.read(values, "The result")
    if result.adapter:
        yield f"Adapter: {result.adapter}"
    if result.merged_model:
        yield f"{'Merged model' if result.adapter else 'Model'}: {result.merged_model}"
    if isinstance(result.merge, MergeRefused):
        yield f"Not merged: {result.merge.refused}"
    if result.ended_early:
        yield f"Ended early after {result.steps} steps: {result.ended_early}"
    first, best = result.first_validation_loss, result.best_validation_loss
    if result.mean_reward_before is not None:
        before, after = result.mean_reward_before, result.mean_reward_after
        yield f"Mean reward on unseen questions: {before:.3f} before, {after:.3f} after"
    elif first is not None and best is not None:
        yield f"Validation loss: {first:.3f} first, {best:.3f} best"


def _evaluated(values: dict) -> Iterator[str]:
    result = EvaluateResult.read(values, "The result")
    for split, scores in {result.split: result, **result.other_splits}.items():
        yield f"{scores.examples} examples of {split}; reports in {values['output_dir']}"
        yield from _scores(scores.scorecards)
        yield from scores.verdicts
        if shown := what_was_shown(scores):
            yield shown
    if result.forgetting:
        yield from result.forgetting.lines()
    if result.harness:
        yield from result.harness.lines()
    yield from (f"Note: {note}" for note in result.notes)
    yield from _speeds(result.speed or {})
    if "gate" in values:
        yield from gate_in_words(values)


def _scores(cards: dict[str, Scorecard]) -> Iterator[str]:
    width = max(12, *(len(model) + 2 for model in cards))
    yield f"{'':20}" + "".join(f"{model:>{width}}" for model in cards)
    for name in dict.fromkeys(name for card in cards.values() for name in card):
        scores = [card.get(name) for card in cards.values()]
        yield f"{name:20}" + "".join(f"{'–' if score is None else _figure(score.value):>{width}}" for score in scores)


def _quantized(values: dict) -> Iterator[str]:
    result = ExportResult.read(values, "The result")
    for gguf_type, file in result.gguf.items():
        yield _file(gguf_type, file.bytes, file.verdict, file.why, file.path)
        if file.answer:
            yield f"         {file.answer}"
    for gguf_type, stopped in result.stopped.items():
        yield f"{gguf_type:8} {stopped.verdict}: {stopped.why}"
    yield from _speeds({name: file.speed for name, file in result.gguf.items() if file.speed})


def _file(gguf_type: str, size_bytes: int, verdict: str, why: str | None, path: str) -> str:
    return f"{gguf_type:8} {size_bytes / 1e6:8.1f} MB  {verdict}{f': {why}' if why else ''}  {path}"


def _speeds(speeds: dict[str, Speed]) -> Iterator[str]:
    for model, speed in speeds.items():
        yield f"{model}: " + ", ".join(f"{name} {_figure(value)}" for name, value in speed.figures().items())


def _figure(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _demonstrated(result: dict) -> Iterator[str]:
    exam = result["exam"]
    yield f"ROUGE-L on {exam['examples']} unseen questions: base {exam['base']['rougeL']:.3f}, " + (
        f"tuned {exam['tuned']['rougeL']:.3f}, look-up {exam['nearest']['rougeL']:.3f}"
    )
    for gguf_type, made in result["gguf"].items():
        yield _file(gguf_type, made["bytes"], made["verdict"], made["why"], made["path"])
    yield f"Answer: {result['answer']}"
    yield f"{sum(result['seconds'].values()):.0f} s in total"
    yield f"Verdict: {exam['verdict']}"
    yield from _whether_it_paid({name: Difference(**exam["differences"][other]) for other, name in _BESIDE.items()})


_BESIDE = {"base": "its base", "nearest": "the plain look-up"}


def _whether_it_paid(above: dict[str, Difference]) -> Iterator[str]:
    """Whether the tuned model beats each of these, and so whether the demo has shown that tuning pays."""
    beats = {name: is_told_apart(one) and one.low > 0 for name, one in above.items()}
    for name, one in above.items():
        word = "beats" if beats[name] else "is worse than" if is_told_apart(one) else "is not told apart from"
        interval = f"paired 95 % interval {one.low:+.3f} to {one.high:+.3f}"
        yield f"The tuned model {word} {name}: {one.value:+.3f} in ROUGE-L ({interval})"
    if all(beats.values()):
        yield "It beats both: tuning paid."
    else:
        yield "It does not beat both: tuning did not pay. Take a larger base model, or more examples."


_WORDS = {
    "prepare": _prepared, "synthesize": _written, "train": _trained, "evaluate": _evaluated, "quantize": _quantized,
    "demo": _demonstrated, "models": models_in_words, "jobs": jobs_in_words,
    "answers": answers_in_words, "report": report_in_words, "gate": gate_in_words,
    "runs": runs_in_words, "sweep": sweep_in_words,
    "judge": judged_in_words, "rate": judged_in_words,
}  # fmt: skip
