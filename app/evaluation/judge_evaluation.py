"""Judging an evaluation: a state and one sentence, from its stored results alone.

What counts as good depends on what the references look like:

- Short answers (labels, or references with a median of five words or fewer), JSON, tool calls and answers that end in a
  number are right or wrong. Right means equal to the reference: as values, calls or numbers, else apart from case,
  punctuation and articles. Good: the interval's lower end is at least 70 % right. Not usable: its upper end is below
  50 %.
- Long answers are never expected word for word. An answer is close if its token F1 against the reference is at least
  0.5. The same facts in other words score above that and a different subject far below; measured answers rarely fall
  between. Good: the interval's lower end is at least half close. Not usable: its upper end is below 30 %.

Counts get Wilson intervals whatever the sample size, so that a handful of examples never looks like proof; they are
wider where examples come from one document. The verdict names a sample size that would be enough. A good model must
also beat what costs nothing: the base model and nearest neighbour look-up, by the paired test of the difference (in
right answers, or ROUGE-L for long ones), corrected for all metrics and models compared. Where the test does not tell
them apart, the verdict says so, and how many more examples would show a difference as large.

A score can mislead, and is then not called good: many different questions got the same answer; most answers differ from
the reference by a word or two, which may be the name or the price; a label is right no more often than the majority
class; the examples were trained on; or the dataset's report found leakage.
"""

from dataclasses import replace

from app.evaluation.reasons import Reason, reasons_against
from app.evaluation.tally import Tally
from app.evaluation.verdict import State, Verdict
from app.wording.numbers import interval_text, number_text, plural
from core.evaluation.browsing.index import AnswerIndex
from core.evaluation.statistics.verdicts import is_told_apart
from core.specs.results.evaluate import EvaluateResult
from core.specs.results.metrics import metric
from core.specs.results.report import DataReport
from core.specs.sample_sizes import ENOUGH_SCORED


def judge_evaluation(
    result: EvaluateResult,
    answers: AnswerIndex | None = None,
    report: DataReport | None = None,
    model: str | None = None,
) -> Verdict:
    """The verdict on the `model` of this name, by default the first that is compared with the reference.

    `answers` are those of predictions.json; without them long answers of older results are judged by ROUGE-L alone.
    Warnings in the dataset's `report` become the verdict's.
    """
    tally, warnings = Tally(result, answers, model), warnings_of(report)
    if not tally.has_answers:
        return replace(_of_loss(tally), warnings=warnings)
    reasons = list(reasons_against(tally, report))
    head = _head(tally)
    if not reasons:
        return Verdict(State.GOOD, f"{head}{_compared(tally)}: usable.", _reading_advice(tally), warnings=warnings)
    worst = max(reasons, key=lambda reason: list(State).index(reason.state))
    more = tuple(f"{reason.why[0].upper()}{reason.why[1:]}." for reason in reasons if _adds_to(worst, reason))
    return Verdict(worst.state, f"{head}; {worst.state}: {worst.why}.", worst.advice, more, worst.need, warnings)


def _reading_advice(tally: Tally) -> str:
    """Which answers of a good model to read: a close answer may still be wrong in the part that matters."""
    off = tally.count - (tally.share(tally.role).hits or tally.count)
    wrong = f"Before others rely on it, read the {plural(off, 'answer')} that missed the reference" if off else ""
    if tally.right_or_wrong:
        return f"{wrong}." if wrong else ""
    close = "close means sharing half its words with the reference, whether or not it is true"
    return f"{wrong} and some of the others: {close}." if wrong else f"Read some of the answers: {close}."


def _adds_to(worst: Reason, reason: Reason) -> bool:
    """Whether a reason adds to the worst one: no "not known" beside something known, and no advice twice."""
    if reason.state is State.UNKNOWN:
        return worst.state is State.UNKNOWN and reason.advice != worst.advice
    return reason is not worst


def warnings_of(report: DataReport | None) -> tuple[str, ...]:
    """The warnings and errors of a dataset's report, as sentences."""
    found = report.findings if report else ()
    return tuple(f"Dataset report: {one.title}." for one in found if one.severity != "info")


def _head(tally: Tally) -> str:
    share = tally.share(tally.role)
    if share.hits is None:
        return f"ROUGE-L {interval_text(tally.cards[tally.role]['rougeL'])}"
    close = "" if tally.right_or_wrong or not share.hits else " or close to it"
    return f"{share.hits:,} of {tally.count:,} right{close}"


def _compared(tally: Tally) -> str:
    """What the compared models tally on the same examples, in brackets."""
    names = {"base": "base model", "nearest": "plain look-up"}
    others = {names.get(other, other): tally.share(other) for other in tally.others}
    shown = [f"{name} {number_text(its.value if its.hits is None else its.hits)}" for name, its in others.items()]
    return f" ({', '.join(shown)})" if shown else ""


def _of_loss(tally: Tally) -> Verdict:
    """Plain text has no questions: the verdict compares bits per byte, which hold whatever the tokenizers.

    Results of before bits per byte compare perplexity.
    """
    label, reference = metric(tally.measure).label, tally.result.reference
    base, mine = (tally.cards.get(role, {}).get(tally.measure) for role in (reference, tally.role))
    if not (base and mine) or tally.role == reference:
        shown = f"{label} {interval_text(mine)}" if mine else "Nothing was scored"
        return Verdict(State.UNKNOWN, f"{shown}; {State.UNKNOWN}: there is nothing to compare it with.")
    name = tally.others[reference]
    head = f"{label} {interval_text(mine)}, {name.removeprefix('the ')} {interval_text(base)}"
    if mine.low is None or base.low is None:
        why = f"{head}; {State.UNKNOWN}: too few examples to tell."
        return Verdict(State.UNKNOWN, why, f"Evaluate about {ENOUGH_SCORED} examples.")
    paired = tally.difference(reference)
    if is_told_apart(paired) and paired.value < 0 if paired else mine.high < base.low:
        return Verdict(State.GOOD, f"{head}: it predicts such text better than {name}.")
    if is_told_apart(paired) if paired else mine.low > base.high:
        why = f"{head}; {State.BAD}: {name} predicts such text better."
        return Verdict(State.BAD, why, "Train with a lower learning rate, or on more text like this.")
    why = f"{head}; {State.DOUBTFUL}: not told apart from {name}."
    return Verdict(State.DOUBTFUL, why, "Add more text, or use a larger base model.")
