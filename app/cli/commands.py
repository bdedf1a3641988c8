"""What each command does."""

import sys
from argparse import Namespace

from app.cli import runs, sweeps
from app.cli.actor import actor
from app.cli.deploy import deploy
from app.cli.evaluation import answers, reports
from app.cli.evaluation.judging import judge, rate_answers
from app.cli.follow import follow
from app.cli.jobs import run_action
from app.cli.models import list_models
from app.cli.values import compared_models, given_values
from app.data.start_preparing import start_preparing
from app.data.start_synthesizing import start_synthesizing
from app.evaluation.start_evaluating import start_evaluating
from app.evaluation.time_forecast import forecast_of_spec
from app.export.start_exporting import start_exporting
from app.jobs.forecast import in_words
from app.training.start_training import start_training
from core.specs import EvaluateSpec, JobKind


def prepare(args: Namespace) -> dict:
    """Make a dataset."""
    return _done(start_preparing(actor(), **given_values(args)))


def synthesize(args: Namespace) -> dict:
    """Have a model write examples."""
    return _done(start_synthesizing(actor(), **given_values(args)))


def train(args: Namespace) -> dict:
    """Fine-tune a model."""
    return _done(start_training(actor(), **given_values(args)))


def evaluate(args: Namespace) -> dict:
    """Score models on the same examples."""
    demanded = reports.thresholds_in(args.gate) if hasattr(args, "gate") else None  # before anything is asked
    values = given_values(args)
    if "models" in values:
        values["models"] = compared_models(values["models"])
    started = start_evaluating(actor(), **values)
    forecast = forecast_of_spec(actor(), EvaluateSpec(**started.spec))
    print(in_words(JobKind.EVALUATE, forecast), file=sys.stderr)
    result = _done(started)
    return reports.gated(result, demanded) if demanded else result


def quantize(args: Namespace) -> dict:
    """Export to GGUF files."""
    return _done(start_exporting(actor(), **given_values(args)))


def demo(args: Namespace) -> dict:
    """Run the demo."""
    from app.demo import run_demo

    return run_demo(actor(), follow, **given_values(args))


def serve(args: Namespace) -> dict:
    """Run the studio until stopped."""
    from app.plumbing.server import serve as serve_studio

    serve_studio(args.host, args.port)
    return {"stopped": True}


def worker(args: Namespace) -> dict:
    """Run a supervisor until stopped."""
    from app.plumbing.supervision import supervise_here

    return {"exit_code": supervise_here(getattr(args, "gpus", None), getattr(args, "slots", None))}


COMMANDS = {
    "prepare": prepare, "synthesize": synthesize, "train": train, "evaluate": evaluate, "judge": judge,
    "rate": rate_answers, "quantize": quantize,
    "deploy": deploy, "demo": demo, "models": list_models, "jobs": run_action,
    "answers": answers.run_action, "report": reports.report, "gate": reports.gate_result,
    "runs": runs.run_action, "sweep": sweeps.sweep, "serve": serve, "worker": worker,
}  # fmt: skip


def _done(started) -> dict:
    return {"job": started.id, "output_dir": started.output_dir} | follow(started)
