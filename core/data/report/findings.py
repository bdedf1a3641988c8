"""What is wrong or worth knowing about a dataset: findings with their rows and mends, and the verdict that follows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict

import numpy as np

from core.data.overlap.checking import Leaks
from core.data.overlap.leakage import Pairs
from core.data.overlap.selection import Selection, contradictions
from core.data.report.finding import MANY, Finding, counted
from core.data.report.measuring import Measured
from core.data.report.source_findings import of_source
from core.data.screening.tally import Tally
from core.examples.drops import Drop
from core.specs import Mend, Shape, Split
from core.specs.sample_sizes import ENOUGH_SCORED, FEWEST_SCORED

_ROWS_NAMED = 200
_PAIRS_NAMED = 50
_LABELS_NAMED = 10
_FEW_EXAMPLES, _HARDLY_ANY = 50, 10
_RARE_LABEL = 0.1
_LARGEST_TOPIC = 0.5
_ORDER = ("error", "warning", "info")
_SAMPLES_ALIKE = (
    "That is so on purpose: samples tell each fact in several wordings, and the test asks whether facts are known "
    "again in new words. Data of your own should not be alike."
)


def findings(
    selection: Selection,
    tally: Tally,
    measured: Measured,
    leaks: Leaks,
    shape: Shape,
    unused: list[str],
    labels: dict[str, int],
) -> list[dict]:
    """Every finding, the gravest first, as the report holds them: one of a kind at most."""
    found = [
        *of_source(tally, unused),
        *_copies(selection),
        *_near(selection),
        *_contradicting(selection, shape),
        *_leaking(selection, leaks),
        *_answers(selection, measured),
        *_tokens(selection, measured),
        *_languages(measured),
        *_personal(selection, measured),
        *_balance(measured),
        *_labels(labels),
        *_few(selection),
    ]
    return [asdict(one) for one in sorted(found, key=lambda one: _ORDER.index(one.severity))]


def verdict(found: list[dict], samples: bool = False) -> dict[str, object]:
    """Whether the dataset is ready for training, and why; of `samples`, why they are as they are."""
    by_severity = {
        severity: [f"{one['title']}." for one in found if one["severity"] == severity] for severity in _ORDER
    }
    if by_severity["error"]:
        return {"state": "not ready", "why": by_severity["error"] + by_severity["warning"]}
    if by_severity["warning"]:
        alike = samples and any(one["kind"] in ("near_duplicates", "leakage") for one in found)
        return {"state": "ready with warnings", "why": by_severity["warning"] + [_SAMPLES_ALIKE] * alike}
    return {"state": "ready", "why": ["Nothing was found that stands against training on it."]}


def _copies(selection: Selection) -> Iterable[Finding]:
    gone = selection.dropped.get(Drop.DUPLICATE)
    if gone is not None:
        why = "What stands twice is learned twice, and may stand in two splits."
        yield Finding(
            "exact_duplicates", "info", f"{counted(len(gone))} left out that said the same as another", why,
            len(gone), _some(gone),
        )  # fmt: skip
    copies = selection.copies
    if len(copies):
        yield Finding(
            "exact_duplicates", "warning", f"{counted(len(copies))} of the same texts as another",
            "What stands twice is learned twice, and crowds out what is rare.",
            len(copies), _some(selection.kept.rows[copies]), mend=Mend.DROP_EXACT_DUPLICATES,
        )  # fmt: skip


def _near(selection: Selection) -> Iterable[Finding]:
    gone = selection.dropped.get(Drop.NEAR_DUPLICATE)
    if gone is not None:
        yield Finding(
            "near_duplicates", "info", f"{counted(len(gone))} left out that nearly said the same as another",
            "Of each group of near duplicates one was kept.", len(gone), _some(gone),
        )  # fmt: skip
    if selection.pairs:
        rows = selection.kept.rows
        alike = np.unique(np.array([pair[:2] for pair in selection.pairs]))
        yield Finding(
            "near_duplicates", _graver(len(alike), len(selection.indices)),
            f"{counted(len(alike))} with nearly the same text as another",
            "They add little, weigh more than others, and would be leakage if they stood in different splits.",
            len(alike), _some(rows[alike]), _named(selection.pairs, rows), Mend.DROP_NEAR_DUPLICATES,
        )  # fmt: skip


def _contradicting(selection: Selection, shape: Shape) -> Iterable[Finding]:
    if shape not in (Shape.INSTRUCTION, Shape.CHAT):
        return
    groups = contradictions(selection)
    if groups:
        rows = selection.kept.rows
        count = sum(map(len, groups))
        yield Finding(
            "contradictions", "warning", f"{counted(count)} whose question is answered differently in another",
            "A model cannot learn more than one answer to a question. Look which is right: the mend leaves out all.",
            count, _some(rows[np.concatenate(groups)]),
            [[int(rows[group[0]]), int(rows[group[1]]), 1.0] for group in groups[:_PAIRS_NAMED]],
            Mend.DROP_CONTRADICTIONS,
        )  # fmt: skip


def _leaking(selection: Selection, leaks: Leaks) -> Iterable[Finding]:
    offending = leaks.offending
    if not len(offending):
        return
    rows = selection.kept.rows
    involved = np.unique(np.array([*offending, *(index for pair in leaks.pairs for index in pair[:2])]))
    named = ", ".join(f"{name} ({len(found):,})" for name, found in leaks.elsewhere.items())
    severity, title = "error", f"{counted(len(offending))} found again in a split that is for checking"
    why = "What was seen in training is no test: the scores would be too good."
    if not leaks.pairs:
        severity, title = "warning", f"{counted(len(offending))} found again in the evaluation set of another dataset"
        why = f"Scores there would be too good, those on this dataset's own test split are not. Found in: {named}."
    elif leaks.only_as_allowed:
        severity, title = "warning", f"{counted(len(offending))} nearly the same as one in a split that is for checking"
        why = "The settings, or samples in several wordings, allow it: scores tell how well those are known again."
    if leaks.pairs and named:
        why += f" Evaluation sets of other datasets that are concerned: {named}."
    yield Finding(
        "leakage", severity, title, why,
        len(offending), _some(rows[involved]), _named(leaks.pairs, rows), Mend.DROP_LEAKS,
    )  # fmt: skip


def _answers(selection: Selection, measured: Measured) -> Iterable[Finding]:
    of = _of(measured.looked_at, selection)
    for kind, found, title, why, mend in (
        ("refusals", measured.refused, "with a refusal for an answer", "The model would learn to decline.",
         Mend.DROP_REFUSALS),
        ("truncated", measured.truncated, "with an answer that seems to break off",
         "The model would learn to stop in mid-sentence.", Mend.DROP_TRUNCATED),
    ):  # fmt: skip
        if found:
            severity = _graver(len(found), measured.looked_at)
            rows = _some(selection.kept.rows[found])
            yield Finding(kind, severity, f"{counted(len(found))}{of} {title}", why, len(found), rows, mend=mend)


def _tokens(selection: Selection, measured: Measured) -> Iterable[Finding]:
    tokens = measured.tokens
    if not tokens:
        if measured.tokens_failed:
            title = "Lengths in tokens were not measured"
            yield Finding("not_measured", "warning", title, measured.tokens_failed, len(selection.indices))
        return
    rows = selection.kept.rows
    of = _of(len(tokens.indices), selection)
    if len(long := tokens.too_long):
        yield Finding(
            "too_long", _graver(len(long), len(tokens.indices)),
            f"{counted(len(long))}{of} longer than the model takes in",
            f"More than {tokens.limit:,} tokens: what is beyond is cut off and not learned.",
            len(long), _some(rows[long]), mend=Mend.DROP_TOO_LONG,
        )  # fmt: skip
    if len(masked := tokens.masked):
        yield Finding(
            "masked", "error", f"{counted(len(masked))}{of} with nothing to learn from",
            "The question alone fills what the model takes in, so no token of the answer counts towards the loss.",
            len(masked), _some(rows[masked]), mend=Mend.DROP_MASKED,
        )  # fmt: skip


def _languages(measured: Measured) -> Iterable[Finding]:
    known = Counter({code: count for code, count in measured.languages.items() if code != "und"})
    minor = sum(known.values()) - max(known.values(), default=0)
    if minor > 0.05 * sum(known.values()):
        shares = ", ".join(f"{code} {count:,}" for code, count in known.most_common(5))
        yield Finding(
            "languages",
            "info",
            f"{len(known)} languages are mixed",
            f"Of {measured.looked_at:,} examples: {shares}.",
            minor,
        )


def _personal(selection: Selection, measured: Measured) -> Iterable[Finding]:
    if measured.personal:
        of = _of(measured.looked_at, selection)
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in measured.personal_kinds.most_common())
        yield Finding(
            "personal_data", "warning", f"{counted(len(measured.personal))}{of} with personal data",
            f"A model may repeat it to anyone. Found: {kinds}.",
            len(measured.personal), _some(selection.kept.rows[measured.personal]), mend=Mend.REDACT_PERSONAL_DATA,
        )  # fmt: skip


def _balance(measured: Measured) -> Iterable[Finding]:
    judged = measured.judged
    if judged:
        rare, count = min((("good", judged.get("good", 0)), ("bad", judged.get("bad", 0))), key=lambda one: one[1])
        total = sum(judged.values())
        if count < _RARE_LABEL * total:
            severity = "warning" if count else "error"
            yield Finding(
                "balance", severity, f"Only {count:,} of {total:,} answers are {rare}",
                "Feedback teaches by the difference between good and bad: both are needed.", count,
            )  # fmt: skip
        return
    topics = measured.topics
    if len(topics) > 1:
        largest, count = topics.most_common(1)[0]
        if count > _LARGEST_TOPIC * sum(topics.values()) and len(topics) > 2:
            yield Finding(
                "balance", "info", f"{largest!r} is the topic of {count:,} of {sum(topics.values()):,} examples",
                "The model will know more of it than of the others.", count,
            )  # fmt: skip


def _labels(labels: dict[str, int]) -> Iterable[Finding]:
    if labels:
        most = list(labels.items())[:_LABELS_NAMED]
        named = ", ".join(f"{label!r} {count:,}" for label, count in most)
        more = f" and {len(labels) - len(most)} more" if len(labels) > len(most) else ""
        yield Finding(
            "label_data", "info", f"The answers are {len(labels)} labels",
            f"{named}{more}. Evaluation tells how many of them the model gets right.", sum(labels.values()),
        )  # fmt: skip


def _few(selection: Selection) -> Iterable[Finding]:
    splits = selection.splits[selection.alive]
    count = int((splits == list(Split).index(Split.TRAIN)).sum())
    if 0 < count < _FEW_EXAMPLES:
        severity = "error" if count < _HARDLY_ANY else "warning"
        yield Finding(
            "too_few", severity, f"Only {counted(count)} to train on",
            f"Below {_FEW_EXAMPLES} a model hardly learns more than their wording; some hundreds are a good start.",
            count,
        )  # fmt: skip
    tested = int((splits == list(Split).index(Split.TEST)).sum())
    if 0 < tested < FEWEST_SCORED:
        yield Finding(
            "too_few_to_test", "info", f"Only {counted(tested)} to test on",
            f"Evaluation tells models apart from {FEWEST_SCORED} on; {ENOUGH_SCORED} tell differences of about 0.1. "
            "Give the test split a larger share, or evaluate on a dataset of its own.", tested,
        )  # fmt: skip


def _graver(count: int, total: int) -> str:
    return "warning" if count > MANY * total else "info"


def _of(looked_at: int, selection: Selection) -> str:
    """Of how many a number is, where not all were looked at."""
    return "" if looked_at == len(selection.indices) else f" of {looked_at:,} looked at"


def _some(rows: np.ndarray) -> list[int]:
    return np.sort(rows)[:_ROWS_NAMED].tolist()


def _named(pairs: Pairs, rows: np.ndarray) -> list[list[float]]:
    """The most alike of the pairs, by the ids of their rows."""
    named = [[int(rows[one]), int(rows[other]), round(share, 3)] for one, other, share in pairs]
    return sorted(named, key=lambda pair: (-pair[2], *pair[:2]))[:_PAIRS_NAMED]
