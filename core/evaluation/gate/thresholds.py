"""What a person demands of an evaluation: conditions in YAML, each checked on reading, errors by line and field.

minimum_examples: 100
conditions:
  - {model: Mine, metric: rougeL, better_than: Base}
  - {model: Small file, metric: rougeL, not_worse_than: Mine, margin: 0.02}
  - {model: Mine, metric: ended, at_least: 0.95}
"""

from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches
from math import isfinite
from typing import Annotated, Literal, NamedTuple, Self

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    Strict,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from core.errors import InputError
from core.specs.results.metrics import METRICS
from core.values import STRICT

_MOST_CONDITIONS = 200
_LONGEST_TEXT = 100_000
_KINDS = ("at_least", "at_most", "better_than", "not_worse_than")
_REMEDY = "docs/configs/gate.yaml is an example."


def _no_text(value: object) -> object:
    """YAML 1.1 reads 1e-3 as text, as it has no point: say how the number is written."""
    if not isinstance(value, str):
        return value
    percent = value.strip().endswith("%")
    try:
        number = float(value.strip().rstrip("% ")) / (100 if percent else 1)
    except ValueError:
        return value
    if isfinite(number):
        raise ValueError(f"{value!r} is text, no number; write {Decimal(repr(number)).normalize():f}")
    return value


Figure = Annotated[float, BeforeValidator(_no_text), Strict(), Field(ge=0)]
"""A number, no text and no yes or no; no metric is below 0."""


class Condition(BaseModel):
    """One demand on one model's score, on one split."""

    model_config = STRICT

    model: str = Field(min_length=1)
    """The name that it has in the evaluation."""
    metric: str
    split: str | None = None
    """None: the evaluation's first split."""
    at_least: Figure | None = None
    at_most: Figure | None = None
    by: Literal["value", "interval"] = "value"
    """What `at_least` and `at_most` are about: the score, or the end of its 95 % interval on the side of failing."""
    better_than: str | None = None
    """A model that it has to be told apart from, as the better one, after Holm's correction."""
    not_worse_than: str | None = None
    """A model that it may be worse than by `margin` at most, by the end of the paired difference's interval."""
    margin: Figure | None = None
    """In the metric's own unit: 0.02 is two points of a share."""

    @field_validator("metric")
    @classmethod
    def _known_metric(cls, name: str) -> str:
        if name not in METRICS:
            near = get_close_matches(name, METRICS, n=1)
            raise ValueError(
                f"there is no metric {name!r}{f' (did you mean {near[0]!r}?)' if near else ''}; "
                f"known are {', '.join(METRICS)}"
            )
        return name

    @field_validator("at_least", "at_most", "margin")
    @classmethod
    def _of_a_share(cls, value: float | None, about: ValidationInfo) -> float | None:
        """Refuse what every model or none satisfies: 95 or 2 where 0.95 and 0.02 were meant."""
        name = about.data.get("metric")  # absent where it was refused itself
        if value is None or name is None or not METRICS[name].is_share:
            return value
        if value > 1 or (value == 1 and about.field_name != "at_least"):
            meant = f"{value:g} point{'' if value == 1 else 's'}" if about.field_name == "margin" else f"{value:g} %"
            raise ValueError(
                f"{name} is a share between 0 and 1, so {value:g} decides nothing; {value / 100:.6g} is {meant}"
            )
        return value

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError(f"give exactly one of {', '.join(_KINDS)}" + (f", not {len(kinds)}" if kinds else ""))
        if (self.not_worse_than is None) != (self.margin is None):
            raise ValueError("not_worse_than and margin go together: how much worse is still acceptable")
        if self.by == "interval" and kinds[0] not in ("at_least", "at_most"):
            raise ValueError("by goes with at_least and at_most; comparisons always go by the interval or the test")
        if self.other == self.model:
            raise ValueError("a model cannot be compared with itself")
        if self.other and not METRICS[self.metric].better:
            raise ValueError(f"more {self.metric} is neither better nor worse; use at_least or at_most")
        return self

    @property
    def other(self) -> str | None:
        """The model that it is compared with, if it is."""
        return self.better_than or self.not_worse_than


class Thresholds(BaseModel):
    """All demands on an evaluation. The gate passes if every one is satisfied."""

    model_config = STRICT

    minimum_examples: Annotated[int, BeforeValidator(_no_text), Strict(), Field(ge=1)] | None = None
    """Of each split that a condition is about."""
    conditions: tuple[Condition, ...] = Field(default=(), max_length=_MOST_CONDITIONS)

    @model_validator(mode="after")
    def _demands_something(self) -> Self:
        if not self.conditions and self.minimum_examples is None:
            raise ValueError("nothing is demanded: list conditions, or minimum_examples")
        return self


class ThresholdsFile(NamedTuple):
    """The thresholds that a text holds, its name, and the line of each condition, from 1."""

    thresholds: Thresholds
    source: str
    lines: tuple[int, ...]


def read_thresholds(text: str, source: str) -> ThresholdsFile:
    """The thresholds in YAML or JSON. Raises InputError that names `source`, the line and the field."""
    if len(text) > _LONGEST_TEXT:
        raise InputError(f"{source} is longer than {_LONGEST_TEXT:,} characters.", _REMEDY)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InputError(
            f"{source}{where}: {getattr(error, 'problem', None) or 'this is no YAML'}.", _REMEDY
        ) from error
    if not isinstance(values, dict):
        raise InputError(f"{source} holds no thresholds.", _REMEDY)
    if twice := next(_given_twice(node), None):
        raise InputError(f"{source}, line {twice.start_mark.line + 1}: {twice.value} is given twice.", _REMEDY)
    try:
        thresholds = Thresholds.model_validate(values)
    except ValidationError as error:
        raise InputError(_told(error, node, source), _REMEDY) from error
    lines = (_line(node, ("conditions", place)) for place in range(len(thresholds.conditions)))
    return ThresholdsFile(thresholds, source, tuple(lines))


def _told(error: ValidationError, node: yaml.Node, source: str) -> str:
    """The first problems, each with its line and field."""
    found = []
    for problem in error.errors(include_url=False)[:5]:
        place = problem["loc"]
        field = ".".join(str(part) if isinstance(part, str) else str(part + 1) for part in place)
        says = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            known = Condition.model_fields if len(place) > 1 else Thresholds.model_fields
            near = get_close_matches(str(place[-1]), known, n=1)
            says = (
                f"there is no such field{f'; did you mean {near[0]}?' if near else ''} It can have: {', '.join(known)}"
            )
        found.append(f"line {_line(node, place)}{f', {field}' if field else ''}: {says}")
    return f"{source}, {'; '.join(found)}."


def _line(node: yaml.Node, place: tuple) -> int:
    """The line, from 1, of what stands at this place, or of the nearest thing around it."""
    line = node.start_mark.line
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == part), None)
            if not found:
                break
            line, node = found[0].start_mark.line, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return line + 1


def _given_twice(node: yaml.Node) -> Iterator[yaml.Node]:
    """Keys that stand twice in a mapping, of which YAML would silently take the last."""
    waiting, met = [node], set()
    while waiting:
        node = waiting.pop()
        if id(node) in met:  # an alias
            continue
        met.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value in seen:
                    yield key
                seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
