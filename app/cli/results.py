"""The result of each command as text."""

from collections.abc import Iterator

from app.cli.jobs import in_words as jobs_in_words
from app.cli.models import in_words as models_in_words
from core.specs import SCORE_NAMES
from core.specs.sample_sizes import too_few_to_tell


def in_words(command: str, result: dict) -> Iterator[str]:
    """The result of a command as lines of text."""
    return _WORDS.get(command, lambda _result: iter(()))(result)


def _prepared(result: dict) -> Iterator[str]:
    splits = ", ".join(f"{count} {split}" for split, count in result["splits"].items())
    yield f"Dataset: {result['path']}"
    yield f"Examples: {splits}; {result['duplicates']} duplicates dropped"
    yield from _told(result["report"])


def _told(report: dict) -> Iterator[str]:
    """What a dataset's report says: detected columns, notes, findings, verdict."""
    yield report["detected"]["reason"]
    yield from (f"Note: {note}" for note in report["source"].get("notes", []))
    for finding in report["findings"]:
        yield f"{finding['severity'].capitalize()}: {finding['title']}. {finding['why']}"
    yield f"Verdict: {report['verdict']['state']}"


def _written(result: dict) -> Iterator[str]:
    splits = ", ".join(f"{count} {split}" for split, count in result["splits"].items())
    yield f"Dataset: {result['path']}"
    yield f"Examples: {splits}; {result['stopped_by']}"
    yield f"Answers: {result['asked']}, tokens: {result['tokens']:,}" + (
        f", cost: ${result['cost_usd']:.4f}" if result["cost_usd"] else ""
    )
    for reason, count in result["left_out"].items():
        yield f"Dropped: {count} ({reason})"


def _trained(result: dict) -> Iterator[str]:
    yield f"Adapter: {result['adapter']}"
    if result.get("merged_model"):
        yield f"Merged model: {result['merged_model']}"
    if refused := (result.get("merge") or {}).get("refused"):
        yield f"Not merged: {refused}"
    first, best = result["first_validation_loss"], result["best_validation_loss"]
    yield f"Validation loss: {first:.3f} first, {best:.3f} best"


def _evaluated(result: dict) -> Iterator[str]:
    cards = result["scorecards"]
    yield f"{result['examples']} examples of {result['split']}; reports in {result['output_dir']}"
    yield f"{'':16}" + "".join(f"{model:>12}" for model in cards)
    for name in dict.fromkeys([*(name for card in cards.values() for name in card), *SCORE_NAMES]):
        values = [card.get(name) for card in cards.values()]
        yield f"{name:16}" + "".join(f"{'–' if value is None else _figure(value['value']):>12}" for value in values)
    yield from (f"Note: {note}" for note in (too_few_to_tell(result["examples"]), *result.get("notes", [])) if note)
    yield from _speeds(result.get("speed") or {})


def _quantized(result: dict) -> Iterator[str]:
    for gguf_type, made in result["gguf"].items():
        yield f"{gguf_type:8} {made['bytes'] / 1e6:8.1f} MB  {_verdict(made)}  {made['path']}"
        if made.get("answer"):
            yield f"         {made['answer']}"
    for gguf_type, found in result["stopped"].items():
        yield f"{gguf_type:8} {_verdict(found)}"
    yield from _speeds({name: made["speed"] for name, made in result["gguf"].items() if made.get("speed")})


def _verdict(found: dict) -> str:
    return f"{found['verdict']}: {found['why']}" if found["why"] else found["verdict"]


def _speeds(speed: dict) -> Iterator[str]:
    for model, figures in speed.items():
        yield f"{model}: " + ", ".join(f"{name} {_figure(value)}" for name, value in figures.items())


def _figure(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _demonstrated(result: dict) -> Iterator[str]:
    exam = result["exam"]
    yield f"ROUGE-L on {exam['examples']} unseen questions: base {exam['base']['rougeL']:.3f}, " + (
        f"tuned {exam['tuned']['rougeL']:.3f}, look-up {exam['nearest']['rougeL']:.3f}"
    )
    above = exam["difference"]
    yield f"Tuned minus look-up: {above['value']:+.3f} (95 % interval {above['low']:+.3f} to {above['high']:+.3f})"
    for gguf_type, made in result["gguf"].items():
        yield f"{gguf_type:8} {made['bytes'] / 1e6:8.1f} MB  {_verdict(made)}  {made['path']}"
    yield f"Answer: {result['answer']}"
    yield f"{sum(result['seconds'].values()):.0f} s in total"


_WORDS = {
    "prepare": _prepared, "synthesize": _written, "train": _trained, "evaluate": _evaluated, "quantize": _quantized,
    "demo": _demonstrated, "models": models_in_words, "jobs": jobs_in_words,
}  # fmt: skip
