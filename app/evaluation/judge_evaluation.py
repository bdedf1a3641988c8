"""Judging an evaluation: a state and one sentence, from its stored results alone.

What counts as good depends on what the references look like:

- Short answers (labels, or references with a median of five words or fewer) are right or wrong. Right means equal to
  the reference apart from case, punctuation and articles. Good: the interval's lower end is at least 70 % right. Not
  usable: its upper end is below 50 %.
- Long answers are never expected word for word. An answer is close if its token F1 against the reference is at least
  0.5. The same facts in other words score above that and a different subject far below; measured answers rarely fall
  between. Good: the interval's lower end is at least half close. Not usable: its upper end is below 30 %.

Counts get Wilson intervals whatever the sample size, so that a handful of examples never looks like proof; the verdict
names a sample size that would be enough. A good model must also beat what costs nothing: the base model and nearest
neighbour look-up, by the paired interval of the difference (accuracy, or ROUGE-L for long answers).

A score can mislead, and is then not called good: many different questions got the same answer; most answers differ from
the reference by a word or two, which may be the name or the price; a label is right no more often than the majority
class; the examples were trained on; or the dataset's report found leakage.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.evaluation.tally import Tally, wilson
from app.evaluation.verdict import Need, State, Verdict
from app.wording.markdown import cut_middle
from app.wording.numbers import interval_text, number_text, plural
from core.evaluation.metrics.words import plain
from core.specs.results.evaluate import EvaluateResult, Prediction
from core.specs.results.report import DataReport
from core.specs.sample_sizes import ENOUGH_SCORED, FEWEST_SCORED


class _Reason(NamedTuple):
    state: State
    why: str
    advice: str
    need: Need | None = None


_GOOD_SHORT, _BAD_SHORT, _GOOD_LONG, _BAD_LONG = 0.7, 0.5, 0.5, 0.3
_NEARLY_EQUAL = 0.9
_SAME_ANSWER_SHARE, _FEWEST_ALIKE = 0.1, 3
_LEAKED = 0.1
_SAME_ANSWER_ADVICE = (
    "It does not tell the questions apart: add examples whose questions differ as much as their answers, "
    "or train with a lower learning rate."
)
_SAMPLE_SIZES = (20, 50, 100, 200, 500)


def judge_evaluation(
    result: EvaluateResult, answers: Sequence[Prediction] = (), report: DataReport | None = None
) -> Verdict:
    """The verdict on the evaluated model.

    `answers` are the rows of predictions.json; without them long answers are judged by ROUGE-L alone. Warnings in the
    dataset's `report` become notes.
    """
    tally, notes = Tally(result, answers), warnings_of(report)
    if not tally.has_answers:
        return _of_loss(tally, notes)
    reasons = [*_same_answer(tally), *_too_few_right(tally), *_not_better(tally), *_misleading(tally, report)]
    head = _head(tally)
    if not reasons:
        return Verdict(State.GOOD, f"{head}{_compared(tally)}: usable.", _reading_advice(tally), notes)
    worst = max(reasons, key=lambda reason: list(State).index(reason.state))
    more = [f"{reason.why[0].upper()}{reason.why[1:]}." for reason in reasons if _adds_to(worst, reason)]
    return Verdict(worst.state, f"{head}; {worst.state}: {worst.why}.", worst.advice, (*more, *notes), worst.need)


def _reading_advice(tally: Tally) -> str:
    """Which answers of a good model to read: a close answer may still be wrong in the part that matters."""
    off = tally.count - (tally.share(tally.role).hits or tally.count)
    wrong = f"Before others rely on it, read the {plural(off, 'answer')} that missed the reference" if off else ""
    if tally.short:
        return f"{wrong}." if wrong else ""
    close = "close means sharing half its words with the reference, whether or not it is true"
    return f"{wrong} and some of the others: {close}." if wrong else f"Read some of the answers: {close}."


def _adds_to(worst: _Reason, reason: _Reason) -> bool:
    """Whether a reason adds to the worst one: no "not known" beside something known, and no advice twice."""
    if reason.state is State.UNKNOWN:
        return worst.state is State.UNKNOWN and reason.advice != worst.advice
    return reason is not worst


def warnings_of(report: DataReport | None) -> tuple[str, ...]:
    """The warnings and errors of a dataset's report, as sentences."""
    found = report.findings if report else ()
    return tuple(f"Dataset report: {one.title}." for one in found if one.severity != "info")


def _same_answer(tally: Tally) -> Iterator[_Reason]:
    """Many questions that got the same answer, or labels no better than always giving the commonest one."""
    if tally.result.labels and tally.references:
        label, most = Counter(map(plain, tally.references)).most_common(1)[0]
        if tally.right(tally.role).low <= most / tally.count:
            why = f"always answering {_quoted(label)} would be right {most} times"
            yield _Reason(State.DOUBTFUL, why, "Add examples of the rarer labels.")
    elif not tally.result.labels:
        answer, different = tally.most_repeated_answer()
        if different >= max(_FEWEST_ALIKE, _SAME_ANSWER_SHARE * tally.count):
            state = State.BAD if different >= tally.count / 2 else State.DOUBTFUL
            why = f"{different} different questions got the same answer, {_quoted(answer)}"
            advice, need = _remedy(tally)
            yield _Reason(state, why, advice if need is Need.BASE else _SAME_ANSWER_ADVICE, need)


def _not_better(tally: Tally) -> Iterator[_Reason]:
    """What costs nothing and does as well: the base model, and nearest neighbour look-up."""
    can_tell = tally.count >= FEWEST_SCORED
    for other, name, as_good in (
        ("base", "the base model", "no better than the base model"),
        ("nearest", "looking up the nearest question", "as good as looking up the nearest question"),
    ):
        if other not in tally.cards or other == tally.role:
            continue
        comparison = tally.compared_with(other)
        if comparison == "worse":
            yield _Reason(State.BAD, f"{name} does better", *_remedy(tally))
        elif comparison == "open" and can_tell:
            yield _Reason(State.DOUBTFUL, as_good, *_remedy(tally))
        elif comparison == "open":
            why = f"too few examples to tell whether {name} does as well"
            yield _Reason(State.UNKNOWN, why, f"Evaluate about {ENOUGH_SCORED} examples.")
    if "nearest" not in tally.cards and not tally.short:
        why = "not compared with looking up the nearest question"
        yield _Reason(State.UNKNOWN, why, "Evaluate again, with the look-up comparison on.")


def _too_few_right(tally: Tally) -> Iterator[_Reason]:
    """Whether enough such questions would be answered well, and whether the sample is large enough to tell."""
    share = tally.share(tally.role)
    good, bad = (_GOOD_SHORT, _BAD_SHORT) if tally.short else (_GOOD_LONG, _BAD_LONG)
    if share.high < bad:
        of_all = f"at best it would answer {share.high * 100:.0f} of 100 such questions well"
        yield _Reason(State.BAD, "too unlike the references" if share.hits is None else of_all, *_remedy(tally))
    elif share.low < good and tally.count >= ENOUGH_SCORED:
        yield _Reason(State.DOUBTFUL, "too many answers miss the reference", *_remedy(tally))
    elif share.low < good:
        enough_at = (count for count in _SAMPLE_SIZES if wilson(share.value * count, count).low >= good)
        enough = next((count for count in enough_at if count > tally.count), ENOUGH_SCORED)
        why = "too few examples to tell"
        if share.hits is not None:
            why += f"; it may answer {share.low * 100:.0f} to {share.high * 100:.0f} of 100 such questions well"
        yield _Reason(State.UNKNOWN, why, f"Evaluate about {enough:,} examples.")


def _misleading(tally: Tally, report: DataReport | None) -> Iterator[_Reason]:
    """Scores that make the model look better than it is."""
    if tally.result.split == "train":
        yield _Reason(State.DOUBTFUL, "it was trained on these examples", "Evaluate on the test split.")
    checked = sum(report.splits.get(name, 0) for name in ("validation", "test")) if report else 0
    leaks = [one for one in report.findings if one.kind == "leakage" and one.pairs] if report else []
    if leaks and leaks[0].count > _LEAKED * checked:
        yield _Reason(
            State.DOUBTFUL,
            "the splits share near duplicates, so it may be remembering",
            "Drop them on the Data page, then train and evaluate again.",
        )
    scores = [row.scores[tally.role] for row in tally.answers]
    misses = sum(one["f1"] >= _NEARLY_EQUAL and one["accuracy"] < 1 for one in scores)
    if not tally.short and scores and misses >= len(scores) / 2:
        yield _Reason(
            State.DOUBTFUL,
            f"{misses} answers differ from the reference by only a word or two",
            "Read them: if that word is a name or a number, the answer is wrong.",
        )


def _head(tally: Tally) -> str:
    share = tally.share(tally.role)
    if share.hits is None:
        return f"ROUGE-L {interval_text(tally.cards[tally.role]['rougeL'])}"
    close = "" if tally.short or not share.hits else " or close to it"
    return f"{share.hits:,} of {tally.count:,} right{close}"


def _compared(tally: Tally) -> str:
    """What the compared models tally on the same examples, in brackets."""
    names = {"base": "base model", "nearest": "plain look-up"}
    others = {names[role]: tally.share(role) for role in names if role in tally.cards and role != tally.role}
    shown = [f"{name} {number_text(its.value if its.hits is None else its.hits)}" for name, its in others.items()]
    return f" ({', '.join(shown)})" if shown else ""


def _of_loss(tally: Tally, notes: tuple[str, ...]) -> Verdict:
    """Plain text has no questions: the verdict compares perplexity with the base model's."""
    base, mine = (tally.cards.get(role, {}).get("perplexity") for role in ("base", tally.role))
    if not (base and mine) or tally.role == "base":
        shown = f"Perplexity {interval_text(mine)}" if mine else "Nothing was scored"
        return Verdict(State.UNKNOWN, f"{shown}; {State.UNKNOWN}: there is nothing to compare it with.", "", notes)
    head = f"Perplexity {interval_text(mine)}, base model {interval_text(base)}"
    if mine.low is None:
        why = f"{head}; {State.UNKNOWN}: too few examples to tell."
        return Verdict(State.UNKNOWN, why, f"Evaluate about {ENOUGH_SCORED} examples.", notes)
    if mine.high < base.low:
        return Verdict(State.GOOD, f"{head}: it predicts such text better than before.", "", notes)
    why = f"{head}; {State.DOUBTFUL}: no better than the base model."
    return Verdict(State.DOUBTFUL, why, "Add more text, or use a larger base model.", notes)


def _remedy(tally: Tally) -> tuple[str, Need]:
    """What to do about poor answers: advice, and the kind of remedy it names."""
    if tally.result.how.get("base", "").startswith("starter"):
        return "The starter model is too small to learn a subject: train SmolLM2 or a larger model.", Need.BASE
    more = "Read the worst answers and add examples of what they get wrong, or use a larger base model."
    return more, Need.EXAMPLES


def _quoted(text: str) -> str:
    return f"“{cut_middle(' '.join(text.split()), 60)}”"
