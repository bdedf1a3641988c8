"""What each command does, and its result in words."""

from argparse import Namespace
from collections.abc import Iterator

from app.cli.deploy import deploy
from app.cli.follow import follow
from app.cli.jobs import in_words as jobs_in_words
from app.cli.jobs import steer_jobs
from app.cli.models import in_words as models_in_words
from app.cli.models import list_models
from app.cli.values import given_values
from app.data.start_preparing import start_preparing
from app.data.start_synthesizing import start_synthesizing
from app.evaluation.start_evaluating import start_evaluating
from app.export.start_exporting import start_exporting
from app.training.start_training import start_training
from core.specs import SCORE_NAMES
from core.specs.sample_sizes import too_few_to_tell


def prepare(args: Namespace) -> dict:
    """Make a dataset."""
    return _done(start_preparing(**given_values(args)))


def synthesize(args: Namespace) -> dict:
    """Let a model write examples."""
    return _done(start_synthesizing(**given_values(args)))


def train(args: Namespace) -> dict:
    """Fine-tune a model."""
    return _done(start_training(**given_values(args)))


def evaluate(args: Namespace) -> dict:
    """Score a model and its base."""
    return _done(start_evaluating(**given_values(args)))


def quantize(args: Namespace) -> dict:
    """Make GGUF files."""
    return _done(start_exporting(**given_values(args)))


def demo(args: Namespace) -> dict:
    """Go the whole way once."""
    from app.demo import run_demo

    return run_demo(follow, **given_values(args))


def serve(args: Namespace) -> dict:
    """Be the studio until stopped."""
    from app.plumbing.server import serve as serve_studio

    serve_studio(args.host, args.port)
    return {"stopped": True}


def worker(args: Namespace) -> dict:
    """Be a supervisor until stopped."""
    from app.plumbing.supervision import supervise_here

    return {"exit_code": supervise_here(getattr(args, "gpus", None), getattr(args, "slots", None))}


COMMANDS = {
    "prepare": prepare, "synthesize": synthesize, "train": train, "evaluate": evaluate, "quantize": quantize,
    "deploy": deploy, "demo": demo, "models": list_models, "jobs": steer_jobs, "serve": serve, "worker": worker,
}  # fmt: skip


def in_words(command: str, result: dict) -> Iterator[str]:
    """The result of a command as lines for a person."""
    return _WORDS.get(command, lambda _result: iter(()))(result)


def _done(started) -> dict:
    return {"job": started.id, "output_dir": started.output_dir} | follow(started)


def _prepared(result: dict) -> Iterator[str]:
    splits = ", ".join(f"{count} {split}" for split, count in result["splits"].items())
    yield f"Dataset: {result['path']}"
    yield f"Examples: {splits}; {result['duplicates']} duplicates removed"
    yield from _told(result["report"])


def _told(report: dict) -> Iterator[str]:
    """What the person should know of a dataset: what its columns were taken for, what is not used, what was found."""
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
        yield f"Left out: {count} ({reason})"


def _trained(result: dict) -> Iterator[str]:
    yield f"Adapter: {result['adapter']}"
    if result.get("merged_model"):
        yield f"Merged model: {result['merged_model']}"
    if refused := (result.get("merge") or {}).get("refused"):
        yield f"Not merged: {refused}"
    first, best = result["first_validation_loss"], result["best_validation_loss"]
    yield f"Validation loss: {first:.3f} at first, {best:.3f} at best"


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
    yield f"{sum(result['seconds'].values()):.0f} s in all"


_WORDS = {
    "prepare": _prepared, "synthesize": _written, "train": _trained, "evaluate": _evaluated, "quantize": _quantized,
    "demo": _demonstrated, "models": models_in_words, "jobs": jobs_in_words,
}  # fmt: skip
