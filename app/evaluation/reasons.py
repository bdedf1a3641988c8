"""Reasons not to call a model good: one answer for all, too few right, no better than the base, misleading scores."""

from collections.abc import Iterator
from typing import NamedTuple

from app.evaluation.tally import Tally
from app.evaluation.verdict import Need, State
from app.wording.markdown import cut_middle
from core.evaluation.statistics.proportions import wilson
from core.evaluation.statistics.verdicts import more_needed, wanted
from core.models.catalogue import STARTER
from core.specs.results.report import DataReport
from core.specs.sample_sizes import ENOUGH_SCORED, FEWEST_SCORED


class Reason(NamedTuple):
    """A state that a model cannot exceed, why, and what to do about it."""

    state: State
    why: str
    advice: str
    need: Need | None = None


_GOOD_RIGHT, _BAD_RIGHT, _GOOD_CLOSE, _BAD_CLOSE = 0.7, 0.5, 0.5, 0.3
_NEARLY_EQUAL = 0.9
_SAME_ANSWER_SHARE, _FEWEST_ALIKE = 0.1, 3
_LEAKED = 0.1
_SAME_ANSWER_ADVICE = (
    "It does not tell the questions apart: add examples whose questions differ as much as their answers, "
    "or train with a lower learning rate."
)
_SAMPLE_SIZES = (20, 50, 100, 200, 500)


def reasons_against(tally: Tally, report: DataReport | None) -> Iterator[Reason]:
    """Every reason not to call the evaluated model good; the rules are those of `judge_evaluation`."""
    yield from _same_answer(tally)
    yield from _too_few_right(tally)
    yield from _not_better(tally)
    yield from _misleading(tally, report)


def _same_answer(tally: Tally) -> Iterator[Reason]:
    """Many questions that got the same answer, or labels no better than always giving the commonest one."""
    if tally.result.labels and len(tally.places):
        label, most = tally.commonest_reference()
        if tally.right(tally.role).low <= most / tally.count:
            why = f"always answering {_quoted(label)} would be right {most} times"
            yield Reason(State.DOUBTFUL, why, "Add examples of the rarer labels.")
    elif not tally.result.labels:
        answer, different = tally.most_repeated_answer()
        if different >= max(_FEWEST_ALIKE, _SAME_ANSWER_SHARE * tally.count):
            state = State.BAD if different >= tally.count / 2 else State.DOUBTFUL
            why = f"{different} different questions got the same answer, {_quoted(answer)}"
            advice, need = _remedy(tally)
            yield Reason(state, why, advice if need is Need.BASE else _SAME_ANSWER_ADVICE, need)


def _not_better(tally: Tally) -> Iterator[Reason]:
    """What costs nothing and does as well: the base model, and nearest neighbour look-up."""
    can_tell = tally.count >= FEWEST_SCORED
    for other, name in tally.others.items():
        comparison = tally.compared_with(other)
        if comparison == "worse":
            yield Reason(State.BAD, f"{name} does better", *_remedy(tally))
        elif comparison == "open" and (more := more_needed(tally.difference(other))):
            what = wanted(tally.difference(other))
            advice = f"Bring about {more:,} more {what}: they would show a difference as large as this one."
            yield Reason(State.UNKNOWN, f"not told apart from {name}", advice)
        elif comparison == "open" and can_tell:
            yield Reason(State.DOUBTFUL, f"not told apart from {name}", *_remedy(tally))
        elif comparison == "open":
            why = f"too few examples to tell whether {name} does as well"
            yield Reason(State.UNKNOWN, why, f"Evaluate about {ENOUGH_SCORED} examples.")
    if not tally.result.look_ups and not tally.right_or_wrong:
        why = "not compared with looking up the nearest question"
        yield Reason(State.UNKNOWN, why, "Evaluate again, with the look-up comparison on.")


def _too_few_right(tally: Tally) -> Iterator[Reason]:
    """Whether enough such questions would be answered well, and whether the sample is large enough to tell."""
    share = tally.share(tally.role)
    good, bad = (_GOOD_RIGHT, _BAD_RIGHT) if tally.right_or_wrong else (_GOOD_CLOSE, _BAD_CLOSE)
    if share.high < bad:
        of_all = f"at best it would answer {share.high * 100:.0f} of 100 such questions well"
        yield Reason(State.BAD, "too unlike the references" if share.hits is None else of_all, *_remedy(tally))
    elif share.low < good and tally.count >= ENOUGH_SCORED:
        yield Reason(State.DOUBTFUL, "too many answers miss the reference", *_remedy(tally))
    elif share.low < good:
        enough_at = (count for count in _SAMPLE_SIZES if wilson(share.value, count)[0] >= good)
        enough = next((count for count in enough_at if count > tally.count), ENOUGH_SCORED)
        why = "too few examples to tell"
        if share.hits is not None:
            why += f"; it may answer {share.low * 100:.0f} to {share.high * 100:.0f} of 100 such questions well"
        yield Reason(State.UNKNOWN, why, f"Evaluate about {enough:,} examples.")


def _misleading(tally: Tally, report: DataReport | None) -> Iterator[Reason]:
    """Scores that make the model look better than it is."""
    if tally.result.split == "train":
        yield Reason(State.DOUBTFUL, "models are trained on these examples", "Evaluate on the test split.")
    checked = sum(report.splits.get(name, 0) for name in ("validation", "test")) if report else 0
    leaks = [one for one in report.findings if one.kind == "leakage" and one.pairs] if report else []
    if leaks and leaks[0].count > _LEAKED * checked:
        yield Reason(
            State.DOUBTFUL,
            "the splits share near duplicates, so it may be remembering",
            "Drop them on the Data page, then train and evaluate again.",
        )
    if tally.right_or_wrong or not len(tally.places):
        return
    misses = int(((tally.scores(tally.role, "f1") >= _NEARLY_EQUAL) & (tally.scores(tally.role, "accuracy") < 1)).sum())
    if misses >= len(tally.places) / 2:
        yield Reason(
            State.DOUBTFUL,
            f"{misses} answers differ from the reference by only a word or two",
            "Read them: if that word is a name or a number, the answer is wrong.",
        )


def _remedy(tally: Tally) -> tuple[str, Need]:
    """What to do about poor answers: advice, and the kind of remedy it names."""
    if tally.result.base_of(tally.role) == STARTER:
        return "The starter model is too small to learn a subject: train SmolLM2 or a larger model.", Need.BASE
    more = "Read the worst answers and add examples of what they get wrong, or use a larger base model."
    return more, Need.EXAMPLES


def _quoted(text: str) -> str:
    return f"“{cut_middle(' '.join(text.split()), 60)}”"
