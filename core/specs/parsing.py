"""Parses plain values into the spec of a job kind, or says which of them cannot be used and why."""

from pydantic import ValidationError

from core.errors import InputError
from core.specs.benchmark import BenchmarkSpec
from core.specs.evaluate import EvaluateSpec
from core.specs.export import ExportSpec
from core.specs.judging.spec import JudgeSpec
from core.specs.kinds import JobKind
from core.specs.prepare import PrepareSpec
from core.specs.spec import Spec
from core.specs.synthesize import SynthesizeSpec
from core.specs.train import TrainSpec
from core.values import UnfitError, check

SPECS: dict[JobKind, type[Spec]] = {
    JobKind.PREPARE: PrepareSpec,
    JobKind.SYNTHESIZE: SynthesizeSpec,
    JobKind.TRAIN: TrainSpec,
    JobKind.EVALUATE: EvaluateSpec,
    JobKind.EXPORT: ExportSpec,
    JobKind.BENCHMARK: BenchmarkSpec,
    JobKind.JUDGE: JudgeSpec,
}


def parse_spec(kind: JobKind, values: dict) -> Spec:
    """The spec of `kind`. Raises InputError that names every invalid field and what is wrong with it."""
    try:
        check(values)
        return SPECS[kind].model_validate(values)
    except (UnfitError, ValidationError) as error:
        problems = "; ".join(_problem(item) for item in error.errors())
    raise InputError(f"These settings cannot be used: {problems}", "Change the named settings and try again.")


def _problem(item: dict) -> str:
    field = ".".join(str(part) for part in item["loc"]) or "settings"
    given = "" if isinstance(item.get("input"), dict) else f" (given: {str(item.get('input'))[:60]!r})"
    return f"{field}: {item['msg'].removeprefix('Value error, ')}{given}"
