"""Judging a run by its losses: whether it learned. Whether its answers are right, only an evaluation tells."""

import math

from app.evaluation.verdict import State, Verdict
from app.wording.numbers import distinct_numbers, number_text, plural
from app.wording.validation import REWARD, validation_measure
from core.specs.results.train import TrainResult
from core.specs.sample_sizes import ENOUGH_SCORED, FEWEST_SCORED
from core.training.watching.warnings import has_turned

_HARDLY, _LATE = 0.05, 0.75


def judge_run(result: TrainResult, spec: dict, checked_on: int | None = None) -> Verdict:
    """The verdict on a finished run; `checked_on` is the size of its validation split."""
    first, best, last = result.first_validation_loss, result.best_validation_loss, result.last_validation_loss
    steps, best_step = result.steps, result.best_step
    if first is None:
        return Verdict(
            State.UNKNOWN,
            f"Trained for {steps:,} steps without validation examples, so nothing shows whether it generalizes.",
            "Evaluate it. Next time, hold out some examples for validation.",
        )
    if not all(value is not None and math.isfinite(value) for value in (first, best, last)):
        return Verdict(
            State.BAD,
            "Training diverged: the loss became NaN or infinite.",
            "Train with a lower learning rate.",
        )
    on = plural(checked_on, "unseen example") if checked_on else "unseen examples"
    few = bool(checked_on) and checked_on < FEWEST_SCORED
    notes = (
        (f"{on[0].upper()}{on[1:]} {'says' if checked_on == 1 else 'say'} little: use about {ENOUGH_SCORED}.",)
        if few
        else ()
    )
    if result.ended_early:
        notes += (f"It ended early, after step {steps:,}: {result.ended_early}.",)
    at = f"at step {best_step:,} of {steps:,}"
    if (measure := validation_measure(spec)) is REWARD:
        return _judge_rewards(measure.value(first), measure.value(best), on, at, notes)
    fell = f"the loss on {on} fell from {' to '.join(distinct_numbers(first, best))}"
    if best >= first:
        return Verdict(
            State.BAD,
            f"It learned nothing that generalizes: the loss on {on} never fell below its starting value of "
            f"{number_text(first)}.",
            "Train with a lower learning rate, or add examples.",
            notes,
        )
    if has_turned(best, last) and best_step <= _LATE * steps:
        if spec.get("keep") == "last":
            return Verdict(
                State.UNKNOWN,
                f"First {fell} ({at}), then it rose to {distinct_numbers(best, last)[1]}. The last step is kept: with "
                "few examples, answers often improve all the same.",
                "Evaluate it: the answers decide. If they are poor, keep the best step or add examples.",
                notes,
            )
        return Verdict(
            State.DOUBTFUL,
            f"Overfitting: best {at}, then the loss on {on} rose from {' to '.join(distinct_numbers(best, last))}. "
            f"Step {best_step:,} is kept.",
            "Train for fewer epochs, or add examples. Evaluate it to see what the kept step is worth.",
            notes,
        )
    still_falling = best_step == steps
    if best > first * (1 - _HARDLY):
        more = "It was still falling: train for more epochs, or with a higher learning rate."
        other = "Add examples, and check that their answers follow from their questions."
        return Verdict(State.DOUBTFUL, f"Hardly learned: {fell}.", more if still_falling else other, notes)
    longer = " The loss was still falling at the end: more epochs may help." if still_falling else ""
    advice = f"Evaluate it to see whether its answers are right.{longer}"
    kept = " The last step is kept." if spec.get("keep") == "last" and not still_falling else ""
    return Verdict(State.GOOD, f"It learned: {fell}, best {at}.{kept}", advice, notes)


def _judge_rewards(before: float, best: float, on: str, at: str, notes: tuple[str, ...]) -> Verdict:
    """The verdict on a run that learned from rewards, from the mean rewards of its answers to unseen questions."""
    if best <= before:
        return Verdict(
            State.BAD,
            f"It learned nothing that generalizes: the mean reward on {on} never rose above its starting value of "
            f"{number_text(before)}.",
            "Read the sample answers. Train longer, or reward what the model sometimes does already.",
            notes,
        )
    return Verdict(
        State.GOOD,
        f"It learned: the mean reward on {on} rose from {' to '.join(distinct_numbers(before, best))}, best {at}.",
        "Read its answers: rewards can be earned in ways that were not meant. Then evaluate it.",
        notes,
    )
