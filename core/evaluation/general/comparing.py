"""What tuning cost: each model's score by field, its difference to its base, and what that says in words."""

import math
from collections.abc import Iterator, Mapping

import numpy as np

from core.evaluation.general.asking import GeneralAnswers
from core.evaluation.general.general_set import general_items
from core.evaluation.statistics.paired import paired_difference
from core.evaluation.statistics.planning import smallest_difference
from core.evaluation.statistics.scores import corrected, scored
from core.evaluation.statistics.verdicts import LEVEL, is_told_apart
from core.specs.results.evaluate import Prediction
from core.specs.results.forgetting import ALL_FIELDS, GENERAL_SPLIT, Field, FieldScore, Forgetting
from core.specs.results.scores import Difference


def forgetting_of(
    said: Mapping[str, GeneralAnswers], bases: Mapping[str, str], reference: str, seconds: float
) -> Forgetting:
    """From the answers of each model. `bases` names the base of each that has one here; others, of which nobody knows
    what they could do before, are compared with the `reference`."""
    pairs = {name: bases.get(name, reference) for name in said}
    pairs = {
        name: base for name, base in pairs.items() if name != base and base in said and _both(said[name], said[base])
    }
    places = [(name, field) for name, base in pairs.items() for field in _both(said[name], said[base])]
    found = [paired_difference(*_measured(said[name], said[pairs[name]], field)) for name, field in places]
    differences: dict[str, dict[str, Difference]] = {name: {} for name in pairs}
    for (name, field), difference in zip(places, corrected(found), strict=True):
        differences[name][field] = difference
    return Forgetting(
        scores={name: dict(_scores(one)) for name, one in said.items()},
        bases=pairs,
        differences=differences,
        verdicts={
            name: _in_words(said[name], said[base], differences[name], len(found), "" if name in bases else base)
            for name, base in pairs.items()
        },
        unmeasured={name: one.unmeasured for name, one in said.items() if one.unmeasured},
        seconds=round(seconds, 2),
    )


def general_predictions(said: Mapping[str, GeneralAnswers]) -> list[Prediction]:
    """A row of `predictions.json` for each question; its topic is the field."""
    return [
        Prediction(
            instruction=item.question,
            reference=item.right,
            topic=item.field,
            split=GENERAL_SPLIT,
            predictions={name: one.texts[place] for name, one in said.items() if not math.isnan(one.right[place])},
            scores={
                name: {} if math.isnan(one.right[place]) else {"accuracy": float(one.right[place])}
                for name, one in said.items()
            },
        )
        for place, item in enumerate(general_items())
    ]


_GROUPS = (*(field.value for field in Field), ALL_FIELDS)
_MEMBERS = {group: np.array([group in (item.field, ALL_FIELDS) for item in general_items()]) for group in _GROUPS}


def _scores(one: GeneralAnswers) -> Iterator[tuple[str, FieldScore]]:
    for field in _GROUPS:
        values = one.right[_MEMBERS[field] & ~np.isnan(one.right)]
        if len(values):
            yield field, FieldScore(**dict(scored(values)), right=int(values.sum()), count=len(values))


def _both(ours: GeneralAnswers, theirs: GeneralAnswers) -> list[str]:
    """The fields in which two questions or more were measured of both models."""
    measured = ~np.isnan(ours.right + theirs.right)
    return [field for field in _GROUPS if (measured & _MEMBERS[field]).sum() > 1]


def _measured(ours: GeneralAnswers, theirs: GeneralAnswers, field: str) -> tuple[np.ndarray, np.ndarray]:
    """The answers of both to what was measured of both, 1 or 0."""
    places = _MEMBERS[field] & ~np.isnan(ours.right + theirs.right)
    return ours.right[places], theirs.right[places]


def _in_words(
    ours: GeneralAnswers, theirs: GeneralAnswers, above: dict[str, Difference], tests: int, other: str
) -> str:
    """`lost arithmetic: 61 → 44 of 80, −21 points [−30, −12]`; or that nothing was lost, and what would have shown.

    `other` names what is no base of this model, which then has lost nothing, but may be `worse than Other at …`.
    """
    worse = f"worse than {other} at" if other else "lost"
    better = f"better than {other} at" if other else "gained"
    nothing = f"no worse than {other}, as far as this set can see" if other else "nothing lost that this set can see"
    apart = [field for field, difference in above.items() if is_told_apart(difference)]
    told = [field for field in apart if field != ALL_FIELDS] or apart
    lost, gained = ([field for field in told if sign * above[field].value > 0] for sign in (-1, 1))
    parts = []
    for word, fields in ((worse, lost), (better, gained)):
        parts += [f"{word} {field}: {_change(ours, theirs, field, above[field])}" for field in fields]
    if not lost:
        whole = _change(ours, theirs, ALL_FIELDS, above[ALL_FIELDS])
        parts.append(f"{nothing}: {whole} in all fields")
        parts.append(_would_have_shown(ours, theirs, list(above), tests, "difference" if other else "loss"))
    return "; ".join(filter(None, parts))


def _change(ours: GeneralAnswers, theirs: GeneralAnswers, field: str, above: Difference) -> str:
    after, before = _measured(ours, theirs, field)
    points = [_points(value) for value in (above.value, above.low, above.high)]
    return f"{before.sum():.0f} → {after.sum():.0f} of {len(after)}, {points[0]} points [{points[1]}, {points[2]}]"


def _points(share: float) -> str:
    rounded = round(100 * share)
    return f"{'−' if rounded < 0 else '+' if rounded > 0 else ''}{abs(rounded)}"


def _would_have_shown(ours: GeneralAnswers, theirs: GeneralAnswers, fields: list[str], tests: int, word: str) -> str:
    """How large a loss would have been seen, with 80 % power at the corrected level, given how often both disagree."""
    needed = {}
    for field in fields:
        after, before = _measured(ours, theirs, field)
        if least := smallest_difference(len(after), float((after != before).mean()), LEVEL / tests):
            needed[field] = math.ceil(100 * least)
    whole = needed.pop(ALL_FIELDS, None)
    if whole is None:
        return ""
    most = max(needed.values(), default=whole)
    of_one = f", or of more than {most} in a single field," if needed else ""
    return f"a {word} of more than {whole} points in all{of_one} would have shown"
