"""What an evaluation and an export mean for use: a state and one sentence, from stored evidence alone.

The rule, as somebody who knows the subject would judge. It goes by what the references look like:

- Short answers (labels, or references of five words at the median) are right or wrong; right is the reference but for
  case, punctuation and articles. Good: by the lower end of the interval 70 % of such questions are answered right. Not
  usable: by its upper end not even half.
- Long answers are never expected word for word. One counts as close where it shares half of its words with the
  reference (token F1 of 0.5): the same facts in other words lie above, another subject far below, and measured answers
  hardly ever between. Good: by the lower end half of all answers are close. Not usable: by the upper end not even 30 %.

Intervals of counts are Wilson's, of any number of examples, so that few of them never look like proof; the number that
would do is said. Beyond that a model must be worth more than what is free: good asks for better answers than the base
model's and than the plain look-up's, by the paired interval of the difference (of accuracy; of long answers, ROUGE-L).
And good is withheld where the score deceives: many different questions get one and the same answer, most answers differ
from the reference in just a word or two (which may be the name or the price), a label is right no more often than the
commonest one, the examples were trained on, or the dataset's report found many of them again in training.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from app.evaluation.tally import Scored, wilson
from app.evaluation.verdict import Need, State, Verdict
from app.wording.markdown import cut_middle
from app.wording.numbers import interval_text, number_text, plural
from core.evaluation.metrics.words import plain
from core.specs.sample_sizes import ENOUGH_SCORED, FEWEST_SCORED


class _Reason(NamedTuple):
    state: State
    why: str
    advice: str
    need: Need | None = None


_GOOD_SHORT, _BAD_SHORT, _GOOD_LONG, _BAD_LONG = 0.7, 0.5, 0.5, 0.3


_NEARLY_THE_SAME = 0.9


_ONE_FOR_ALL, _FEWEST_ALIKE = 0.1, 3


_LEAKED = 0.1


_TELLING_APART = (
    "It does not tell the questions apart: bring more examples whose questions differ as their answers do, "
    "or train with a lower learning rate."
)


_WOULD_DO = (20, 50, 100, 200, 500)


def of_evaluation(result: dict, answers: list[dict] = (), report: dict | None = None) -> Verdict:
    """What scorecards say of the model they are about.

    `answers` are the rows of predictions.json, without which long answers are judged by ROUGE-L alone; `report` is that
    of the dataset, whose warnings come along.
    """
    scored, notes = Scored(result, answers), warnings_of(report)
    if not scored.asks:
        return _of_loss(scored, notes)
    reasons = [*_one_for_all(scored), *_too_few_right(scored), *_no_better(scored), *_deceiving(scored, report or {})]
    head = _head(scored)
    if not reasons:
        return Verdict(State.GOOD, f"{head}{_beside(scored)}: usable.", _reading_advice(scored), notes)
    worst = max(reasons, key=lambda reason: list(State).index(reason.state))
    more = [f"{reason.why[0].upper()}{reason.why[1:]}." for reason in reasons if _adds_to(worst, reason)]
    return Verdict(worst.state, f"{head}; {worst.state}: {worst.why}.", worst.advice, (*more, *notes), worst.need)


def _reading_advice(scored: Scored) -> str:
    """Which answers of a good model are to be read; those that are only close may be wrong in what counts."""
    off = scored.count - (scored.share(scored.role).hits or scored.count)
    wrong = f"Read the {plural(off, 'answer')} that went wrong before others rely on it" if off else ""
    if scored.short:
        return f"{wrong}." if wrong else ""
    close = "an answer counts as close when it shares half of its words with the reference, true or not"
    return f"{wrong}, and some of the others: {close}." if wrong else f"Read some of them: {close}."


def _adds_to(worst: _Reason, reason: _Reason) -> bool:
    """Whether a reason is worth telling beside the worst: where much is known, not what is not; nor the same twice."""
    if reason.state is State.UNKNOWN:
        return worst.state is State.UNKNOWN and reason.advice != worst.advice
    return reason is not worst


def warnings_of(report: dict | None) -> tuple[str, ...]:
    """What a dataset's report warns of, as sentences."""
    found = (report or {}).get("findings", ())
    return tuple(f"The dataset's report: {one['title']}." for one in found if one["severity"] != "info")


def _one_for_all(scored: Scored) -> Iterator[_Reason]:
    """Questions that the model does not tell apart."""
    if scored.result.get("labels") and scored.references:
        label, most = Counter(map(plain, scored.references)).most_common(1)[0]
        if scored.right(scored.role).low <= most / scored.count:
            why = f"always saying {_quoted(label)} would be right {most} times"
            yield _Reason(State.DOUBTFUL, why, "Bring more examples of the rarer labels.")
    elif not scored.result.get("labels"):
        answer, different = scored.most_alike()
        if different >= max(_FEWEST_ALIKE, _ONE_FOR_ALL * scored.count):
            state = State.BAD if different >= scored.count / 2 else State.DOUBTFUL
            why = f"{different} different questions got one and the same answer, {_quoted(answer)}"
            advice, need = _better(scored)
            yield _Reason(state, why, advice if need is Need.BASE else _TELLING_APART, need)


def _no_better(scored: Scored) -> Iterator[_Reason]:
    """What is free and does as well."""
    can_tell = scored.count >= FEWEST_SCORED
    for other, name, as_good in (
        ("base", "the base model", "no better than the base model"),
        ("nearest", "looking up the nearest question", "as good as looking up the nearest question"),
    ):
        if other not in scored.cards or other == scored.role:
            continue
        told = scored.above(other)
        if told == "worse":
            yield _Reason(State.BAD, f"{name} does better", *_better(scored))
        elif told == "open" and can_tell:
            yield _Reason(State.DOUBTFUL, as_good, *_better(scored))
        elif told == "open":
            why = f"too few examples to tell whether {name} does as well"
            yield _Reason(State.UNKNOWN, why, f"Evaluate on about {ENOUGH_SCORED} examples.")
    if "nearest" not in scored.cards and not scored.short:
        why = "not compared with looking up the nearest question"
        yield _Reason(State.UNKNOWN, why, "Evaluate again, with the plain look-up beside it.")


def _too_few_right(scored: Scored) -> Iterator[_Reason]:
    """How many of all such questions would be answered well, and whether that is known."""
    share = scored.share(scored.role)
    good, bad = (_GOOD_SHORT, _BAD_SHORT) if scored.short else (_GOOD_LONG, _BAD_LONG)
    if share.high < bad:
        of_all = f"of 100 such questions it would answer {share.high * 100:.0f} well at best"
        yield _Reason(State.BAD, "too unlike the references" if share.hits is None else of_all, *_better(scored))
    elif share.low < good and scored.count >= ENOUGH_SCORED:
        yield _Reason(State.DOUBTFUL, "too many answers are off", *_better(scored))
    elif share.low < good:
        would_do = (count for count in _WOULD_DO if wilson(share.value * count, count).low >= good)
        enough = next((count for count in would_do if count > scored.count), ENOUGH_SCORED)
        why = "too few examples to tell"
        if share.hits is not None:
            why += f", of 100 such questions it may answer {share.low * 100:.0f} to {share.high * 100:.0f} well"
        yield _Reason(State.UNKNOWN, why, f"Evaluate on about {enough:,} examples.")


def _deceiving(scored: Scored, report: dict) -> Iterator[_Reason]:
    """Scores that look better than the model is."""
    if scored.result["split"] == "train":
        yield _Reason(State.DOUBTFUL, "these very examples were trained on", "Evaluate on the test split.")
    checked = sum(report.get("splits", {}).get(name, 0) for name in ("validation", "test"))
    leaks = [one for one in report.get("findings", ()) if one["kind"] == "leakage" and one.get("pairs")]
    if leaks and leaks[0]["count"] > _LEAKED * checked:
        yield _Reason(
            State.DOUBTFUL,
            "much of it may be memory, as the splits share near copies",
            "Take these out on the Data page, then train and evaluate again.",
        )
    scores = [row["scores"][scored.role] for row in scored.answers]
    misses = sum(one["f1"] >= _NEARLY_THE_SAME and one["accuracy"] < 1 for one in scores)
    if not scored.short and scores and misses >= len(scores) / 2:
        yield _Reason(
            State.DOUBTFUL,
            f"{misses} answers differ from the reference in just a word or two",
            "Read them: where that word is a name or a number, the answer is wrong.",
        )


def _head(scored: Scored) -> str:
    share = scored.share(scored.role)
    if share.hits is None:
        return f"ROUGE-L {interval_text(scored.cards[scored.role]['rougeL'])}"
    close = "" if scored.short or not share.hits else " or close to it"
    return f"{share.hits:,} of {scored.count:,} right{close}"


def _beside(scored: Scored) -> str:
    """What the others got of the same, in brackets."""
    names = {"base": "base model", "nearest": "plain look-up"}
    others = {names[role]: scored.share(role) for role in names if role in scored.cards and role != scored.role}
    told = [f"{name} {number_text(its.value if its.hits is None else its.hits)}" for name, its in others.items()]
    return f" ({', '.join(told)})" if told else ""


def _of_loss(scored: Scored, notes: tuple[str, ...]) -> Verdict:
    """Of plain text nothing is asked: all there is to say is how much less a model is surprised by it."""
    base, mine = (scored.cards.get(role, {}).get("perplexity") for role in ("base", scored.role))
    if not (base and mine) or scored.role == "base":
        told = f"Perplexity {interval_text(mine)}" if mine else "Nothing was scored"
        return Verdict(State.UNKNOWN, f"{told}; {State.UNKNOWN}: there is nothing to compare with.", "", notes)
    head = f"Perplexity {interval_text(mine)}, base model {interval_text(base)}"
    if mine.get("low") is None:
        why = f"{head}; {State.UNKNOWN}: too few examples to tell."
        return Verdict(State.UNKNOWN, why, f"Evaluate on about {ENOUGH_SCORED} examples.", notes)
    if mine["high"] < base["low"]:
        return Verdict(State.GOOD, f"{head}: it expects such texts better than before.", "", notes)
    why = f"{head}; {State.DOUBTFUL}: no better than the base model."
    return Verdict(State.DOUBTFUL, why, "Bring more text, or take a larger base model.", notes)


def _better(scored: Scored) -> tuple[str, Need]:
    """What to do about poor answers, in words and as what is needed."""
    if scored.result.get("how", {}).get("base", "").startswith("starter"):
        return "The starter model is too small to learn a subject: train SmolLM2 or a larger one.", Need.BASE
    more = "Read the worst answers and bring more examples of what they get wrong, or take a larger base model."
    return more, Need.EXAMPLES


def _quoted(text: str) -> str:
    return f"“{cut_middle(' '.join(text.split()), 60)}”"
