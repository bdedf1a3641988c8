"""What can be drawn of a run: its curves by title, and the axes they can be drawn over."""

from bisect import bisect_left
from collections.abc import Callable
from math import exp
from typing import NamedTuple

from app.components.train.rewards import REWARDS

Points = list[tuple[float, float | None]]

_OF_THE_MACHINE = {
    "learning_rate": ("Learning rate", "", 1.0),
    "grad_norm": ("Gradient norm", "", 1.0),
    "tokens_per_second": ("Tokens per second", "", 1.0),
    "memory_bytes": ("Memory", "GB, peak", 1e-9),
    "gpu_memory_bytes": ("GPU memory", "GB, peak", 1e-9),
    "gpu_percent": ("GPU use", "%", 1.0),
}
"""Title, unit and factor of the metrics that have no counterpart on the validation split."""
_TITLES = {
    "kl": "KL from the base",
    "answer_tokens": "Answer length",
    "ended": "Ended by itself",
    "alike": "Equal rewards",
} | {f"reward_{name}": f"Reward: {label[0].lower()}{label[1:]}" for name, (label, _) in REWARDS.items()}
"""Of measures whose name says too little."""
_AXES = ("epoch", "elapsed_seconds")
_VALIDATION = "eval_"
_LARGEST_EXPONENT = 100
_TIMES = ((10_800, 3600, "hours"), (180, 60, "minutes"), (0, 1, "seconds"))
"""From this many seconds on, a time axis counts in units of so many seconds."""


class Curve(NamedTuple):
    """A quantity in training and, if it has one, on the validation split; `unit` is that of its axis."""

    training: Points
    validation: Points
    unit: str


def curves_of(series: dict[str, Points], counts_tokens: bool) -> dict[str, Curve]:
    """Every curve of a run by title: what shows whether it learns first, then other measures, then the machine's.

    Perplexity is the exponential of a loss in nats per token, so it needs a method whose loss `counts_tokens`.
    """
    loss = Curve(series.get("loss", []), series.get("eval_loss", []), "nats per token" if counts_tokens else "loss")
    curves = {"Loss": loss}
    if "reward" in series or "eval_reward" in series:  # then the loss says nothing, and is none on the validation split
        curves = {"Reward": loss, "Loss": Curve(loss.training, [], "loss")}
    if counts_tokens:
        curves["Perplexity"] = Curve(*(_scaled(points, _exponential) for points in loss[:2]), "perplexity")
    others = (name.removeprefix(_VALIDATION) for name in series if name not in (*_AXES, *_OF_THE_MACHINE))
    for name in dict.fromkeys(name for name in others if name != "loss"):
        title = _TITLES.get(name) or name.replace("_", " ").capitalize()
        curves[title] = Curve(series.get(name, []), series.get(f"{_VALIDATION}{name}", []), title.lower())
    for name, (title, unit, factor) in _OF_THE_MACHINE.items():
        if name in series:
            curves[title] = Curve(_scaled(series[name], lambda value, factor=factor: value * factor), [], unit)
    return curves


def _scaled(points: Points, of: Callable[[float], float]) -> Points:
    return [(step, None if value is None else of(value)) for step, value in points]


def _exponential(loss: float) -> float:
    return exp(min(loss, _LARGEST_EXPONENT))


class Axis(NamedTuple):
    """An axis: its label, and the (step, position) pairs that steps are placed by; none where steps are the axis."""

    label: str
    places: Points

    def along(self, points: Points) -> Points:
        """`points` with their steps as positions on this axis."""
        return [(self.place(step), value) for step, value in points] if self.places else points

    def place(self, step: float) -> float:
        """The position of a step, between the nearest steps whose positions are known."""
        if not self.places:
            return step
        after = min(bisect_left(self.places, (step,)), len(self.places) - 1)
        (before_step, before), (after_step, value) = self.places[max(0, after - 1)], self.places[after]
        if after_step == before_step:
            return value
        return before + (value - before) * (step - before_step) / (after_step - before_step)


def axes_of(series: dict[str, Points], epochs: float | None, steps: float | None) -> dict[str, Axis]:
    """The axes that a run of `epochs` passes in `steps` optimizer steps has, by title."""
    axes = {"Step": Axis("step", [])}
    if epochs and steps:
        axes["Epoch"] = Axis("epoch", [(0, 0.0), (steps, epochs)])
    if elapsed := [point for point in series.get("elapsed_seconds", []) if point[1] is not None]:
        unit_seconds, unit = next(unit for least, *unit in _TIMES if elapsed[-1][1] >= least)
        axes["Time"] = Axis(f"time, {unit}", [(0, 0.0), *((step, at / unit_seconds) for step, at in elapsed)])
    return axes
