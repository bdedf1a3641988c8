"""A sweep: which settings of a training are varied, over which values, and the runs that follow from that."""

import math
import random
from itertools import product
from typing import Annotated, Self

from pydantic import BaseModel, Field, TypeAdapter, ValidationError, model_validator

from core.errors import InputError
from core.specs.train import TrainSpec
from core.values import STRICT

FIXED = (
    "spec_version",
    "name",
    "output_dir",
    "artifact_ids",
    "model",
    "dataset",
    "resume_from_checkpoint",
    "sample_answers",
    "reward_pattern",
    "reward_schema",
    "judge_endpoint",
    "judge_model",
    "judge_instructions",
    "judge_api_key_env",
)
"""Fields of TrainSpec that are the same for all runs of a sweep, or follow from them; texts among them."""
_MOST_RUNS = 1000
_DECADE = 10
_DIGITS = 3
"""Significant digits of a number drawn at random: enough to try, and readable in a table."""
Value = bool | int | float | str


class Range(BaseModel):
    """Numbers from `low` to `high`, drawn evenly; by order of magnitude if they span a factor of ten or more."""

    model_config = STRICT

    low: float
    high: float
    whole: bool = False

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if not self.low < self.high:
            raise ValueError("the first number of a range must be below the second")
        return self

    def draw(self, chance: random.Random) -> float | int:
        """One number."""
        if self.low > 0 and self.high / self.low >= _DECADE:
            number = math.exp(chance.uniform(math.log(self.low), math.log(self.high)))
        else:
            number = chance.uniform(self.low, self.high)
        if self.whole:
            return round(number)
        return min(max(float(f"{number:.{_DIGITS}g}"), self.low), self.high)


class SweepPlan(BaseModel):
    """Settings to vary, each over listed values or a range."""

    model_config = STRICT

    vary: dict[str, Range | Annotated[tuple[Value, ...], Field(min_length=1)]] = Field(min_length=1)
    """By field of TrainSpec."""
    runs: int | None = Field(default=None, ge=1, le=_MOST_RUNS)
    """How many combinations to draw at random; None takes every one (a grid)."""
    seed: int = Field(default=42, ge=0)
    """Of the draws; the runs themselves keep the seed they are given."""

    @model_validator(mode="after")
    def _finite_grid(self) -> Self:
        endless = [name for name, values in self.vary.items() if isinstance(values, Range)]
        if endless and self.runs is None:
            raise ValueError(f"a grid needs listed values, and {endless[0]} has a range: say how many runs to draw")
        if (combinations := self.combinations()) and self.runs is None and combinations > _MOST_RUNS:
            raise ValueError(f"that is {combinations:,} runs, more than {_MOST_RUNS:,}: list fewer, or draw some")
        return self

    def combinations(self) -> int | None:
        """How many different runs there are; None if a range makes them countless."""
        if any(isinstance(values, Range) for values in self.vary.values()):
            return None
        return math.prod(len(set(values)) for values in self.vary.values())

    def points(self) -> list[dict[str, Value]]:
        """The varied settings of each run; never the same twice."""
        grid = self.combinations()
        chance = random.Random(self.seed)
        if grid is not None and (self.runs is None or grid <= _MOST_RUNS):
            listed = [list(dict.fromkeys(values)) for values in self.vary.values()]
            points = [dict(zip(self.vary, values, strict=True)) for values in product(*listed)]
            return points if self.runs is None else chance.sample(points, min(self.runs, len(points)))
        drawn = {}
        for _ in range(20 * self.runs):  # a narrow range of whole numbers has fewer points than are asked for
            point = {name: _drawn(values, chance) for name, values in self.vary.items()}
            drawn.setdefault(tuple(point.values()), point)
            if len(drawn) == self.runs:
                break
        return list(drawn.values())


def _drawn(values: Range | tuple[Value, ...], chance: random.Random) -> Value:
    return values.draw(chance) if isinstance(values, Range) else chance.choice(values)


def can_vary(field: str) -> bool:
    """Whether a sweep can vary this field: a number, a switch or a choice of TrainSpec."""
    if field in FIXED or field not in TrainSpec.model_fields:
        return False
    return "tuple" not in str(TrainSpec.model_fields[field].annotation)


def parse_values(field: str, text: str) -> Range | tuple[Value, ...]:
    """`1e-4, 3e-4` or `1e-5..1e-3` as values of this field. Raises InputError that says what cannot be used."""
    if not can_vary(field):
        raise InputError(
            f"{field} cannot be varied.",
            f"Choose among: {', '.join(name for name in TrainSpec.model_fields if can_vary(name))}.",
        )
    info = TrainSpec.model_fields[field]
    values = TypeAdapter(Annotated[info.annotation, info])
    low, dots, high = text.partition("..")
    given = [part.strip() for part in ((low, high) if dots else text.split(",")) if part.strip()]
    try:
        parsed = tuple(values.validate_python(part) for part in given)
        if not dots:
            return SweepPlan(vary={field: parsed}).vary[field]
        return Range(low=parsed[0], high=parsed[-1], whole=all(isinstance(value, int) for value in parsed))
    except ValidationError as error:
        problem = error.errors()[0]
        raise InputError(
            f"{field}: {problem['msg'].removeprefix('Value error, ')} (given: {text[:60]!r}).",
            "List values, such as `1e-4, 3e-4`, or give a range, such as `1e-5..1e-3`.",
        ) from error


def read_plan(vary: dict[str, str], runs: int | None = None, seed: int = 42) -> SweepPlan:
    """The plan in which each field takes the values in its text; `runs` of them are drawn, or all taken if None.

    Raises InputError.
    """
    values = {field: parse_values(field, text) for field, text in vary.items()}
    try:
        return SweepPlan(vary=values, runs=runs, seed=seed)
    except ValidationError as error:
        problem = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InputError(
            f"This sweep cannot run: {problem}.", "Change what is varied, or the number of runs."
        ) from error
