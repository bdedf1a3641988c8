"""Warnings about a run while it can still be helped, from its metric series alone. Light: standard library only.

Each rule compares means or medians over windows, so that a single noisy step raises nothing.
"""

from collections.abc import Iterator
from math import isfinite, sqrt
from statistics import fmean, median, pvariance
from typing import NamedTuple

from core.specs import TrainSpec

Series = dict[str, list[tuple[int, float]]]
"""(step, value) pairs by metric name, in order."""
WATCHED = ("loss", "eval_loss", "grad_norm", "tokens_per_second", "alike")
"""The metrics that warnings are about."""


class RunWarning(NamedTuple):
    """`name` identifies the rule; `message` says what was seen, `remedy` what to do."""

    name: str
    message: str
    remedy: str


_TURNED, _TURNED_NATS = 0.02, 0.01
"""How far the validation loss must rise to count as overfitting: relative, and in nats per token."""
_FLAT, _FLAT_SHARE, _FLAT_STEPS = 0.01, 0.2, 60
"""Flat: the loss fell by less than this share, over this share of the run and at least so many steps."""
_LEARNED = 0.05
"""A loss below this has nothing left to fall by."""
_EXPLODED, _EXPLODED_STEPS = 8, 3
"""Exploding: so many of the last steps have gradients this many times as long as usual."""
_SLOWED = 0.5
_RECENT, _USUAL = 10, 100
"""Steps that count as recent, and how many before them say what is usual."""
_WARM_UP_STEPS, _FEWEST = 5, 20
_ALIKE = 0.95
"""Above this share of questions whose answers all have the same reward, next to nothing is learned."""
_FEWEST_LEARNED = 0.1
"""Below this share of learned tokens, nearly all of the time goes into reading."""


def has_turned(best: float, last: float) -> bool:
    """Whether the validation loss rose by more than noise. Near zero, even twice the loss changes no answer."""
    return last > best * (1 + _TURNED) and last - best > _TURNED_NATS


def warnings_in(series: Series, spec: TrainSpec, total_steps: int) -> Iterator[RunWarning]:
    """The warnings that the metrics reported so far give reason for."""
    losses, validation = _values(series, "loss"), series.get("eval_loss", [])
    if spec.method == "grpo":  # its loss says nothing: it is about 0 whatever is learned
        losses, validation = [], []
        yield from _unrewarding(_values(series, "alike"))
    if _is_flat(losses, validation, total_steps):
        yield RunWarning(
            "flat",
            f"The loss has hardly moved in {len(losses):,} steps.",
            f"Raise the learning rate (now {spec.learning_rate:g}), for instance threefold, and check in the dataset "
            "that the answers follow from their questions.",
        )
    if best := _turned_at(series.get("loss", []), validation):
        step, lowest = best
        kept = f"Stop now: step {step:,} is kept."
        if spec.keep == "last":
            kept = "Read the sample answers: if they get worse, stop, and keep the best step instead of the last."
        yield RunWarning(
            "overfitting",
            f"Overfitting: the validation loss was lowest at step {step:,} ({lowest:.3g}) and has risen to "
            f"{validation[-1][1]:.3g} since, while the training loss fell.",
            f"{kept} Next time, train for fewer epochs or add examples.",
        )
    if _is_exploding(_values(series, "grad_norm"), spec.max_grad_norm):
        yield RunWarning(
            "exploding",
            f"The gradients are exploding: more than {_EXPLODED} times as long as usual in several of the last "
            f"{_RECENT} steps.",
            f"If the loss jumps too, stop and start again with a lower learning rate (now {spec.learning_rate:g}), for "
            "instance a third of it.",
        )
    if slower := _slowed(_values(series, "tokens_per_second")):
        now, usual = slower
        yield RunWarning(
            "slowed",
            f"Training has slowed down: {now:,.0f} tokens per second, {usual:,.0f} before.",
            "See what else uses this machine, and whether it is short of memory or too hot. Pausing loses nothing.",
        )


def masked(learned_tokens: int, read_tokens: int) -> RunWarning | None:
    """A warning if most of the tokens that a run reads are not learned from."""
    share = learned_tokens / read_tokens
    if share >= _FEWEST_LEARNED:
        return None
    return RunWarning(
        "masked",
        f"Only {share:.1%} of the tokens are learned from; the others are questions and context.",
        "Check in the token preview that the answers are what you mean to teach. Shorter prompts train faster.",
    )


def other_device(device: str, gpu_bytes: int) -> RunWarning | None:
    """A warning if a run is on the CPU of a machine with a GPU, which is what forecasts count on."""
    if device != "cpu" or not gpu_bytes:
        return None
    return RunWarning(
        "device",
        "Training runs on the CPU although this machine has a GPU: it takes many times the forecast.",
        "Stop, install the PyTorch build for your GPU's driver, and start again.",
    )


def _unrewarding(alike: list[float]) -> Iterator[RunWarning]:
    """A warning if hardly any question of the last steps has answers with different rewards."""
    share = fmean(alike[-_RECENT:]) if len(alike) >= _RECENT else 0
    if share > _ALIKE:
        yield RunWarning(
            "alike",
            f"{share:.0%} of the questions got answers with equal rewards, and only differences are learned from.",
            "Add a reward that tells the answers apart, raise the temperature or the answers per question, or first "
            "train on answers (SFT) so that some of them are right.",
        )


def _is_flat(losses: list[float], validation: list[tuple[int, float]], total_steps: int) -> bool:
    """Whether neither loss has fallen, by the first and last quarter. Where noise would hide a fall, it is not flat."""
    if len(losses) < max(_FLAT_STEPS, _FLAT_SHARE * total_steps):
        return False
    if len(validation) > 1 and min(loss for _, loss in validation[1:]) < validation[0][1] * (1 - _FLAT):
        return False
    quarter = len(losses) // 4
    early, late = losses[:quarter], losses[-quarter:]
    noise = sqrt((pvariance(early) + pvariance(late)) / quarter)
    least = _FLAT * fmean(early)
    return fmean(early) > _LEARNED and fmean(early) - fmean(late) < least and noise < 2 * least


def _turned_at(training: list[tuple[int, float]], validation: list[tuple[int, float]]) -> tuple[int, float] | None:
    """Step and value of the lowest validation loss, if the last two are clearly above it; training must have fallen."""
    after_start = [(step, loss) for step, loss in validation if step > 0]
    if len(after_start) < 3:
        return None
    step, lowest = min(after_start, key=lambda point: point[1])
    if not all(at > step and has_turned(lowest, loss) for at, loss in after_start[-2:]):
        return None
    then = [loss for at, loss in training if at <= step][-_RECENT:]
    now = [loss for _, loss in training[-_RECENT:]]
    return (step, lowest) if then and fmean(now) < fmean(then) else None


def _is_exploding(norms: list[float], clipped_at: float) -> bool:
    usual = norms[-_RECENT - _USUAL : -_RECENT]
    if len(usual) < _FEWEST:
        return False
    limit = max(_EXPLODED * median(usual), clipped_at)  # shorter ones are taken as they are
    return sum(norm > limit for norm in norms[-_RECENT:]) >= _EXPLODED_STEPS


def _slowed(speeds: list[float]) -> tuple[float, float] | None:
    """The speed now and what it was, if it has fallen to less than half."""
    usual = speeds[_WARM_UP_STEPS:-_RECENT]
    if len(usual) < _FEWEST:
        return None
    now, before = median(speeds[-_RECENT:]), median(usual)
    return (now, before) if now < _SLOWED * before else None


def _values(series: Series, name: str) -> list[float]:
    return [value for _, value in series.get(name, []) if isfinite(value)]
