"""Findings about what examples contain: refusals, truncated answers, tokens, languages, personal data."""

from collections import Counter
from collections.abc import Iterable

from core.data.overlap.selection import Selection
from core.data.report.findings.figures import counted, sampled, severity_of, some
from core.data.report.quality import Quality
from core.data.report.statistics import Statistics
from core.specs import Mend
from core.specs.results.report import Finding

_MINOR_LANGUAGES = 0.05


def of_content(selection: Selection, statistics: Statistics) -> Iterable[Finding]:
    """All findings about what examples contain."""
    yield from _answers(selection, statistics.quality)
    yield from _tokens(selection, statistics)
    yield from _languages(statistics.quality)
    yield from _personal(selection, statistics.quality)


def _answers(selection: Selection, quality: Quality) -> Iterable[Finding]:
    for kind, found, title, why, mend in (
        ("refusals", quality.refused, "where the answer is a refusal", "The model would learn to refuse.",
         Mend.DROP_REFUSALS),
        ("truncated", quality.truncated, "where the answer seems to be cut off",
         "The model would learn to stop in mid-sentence.", Mend.DROP_TRUNCATED),
    ):  # fmt: skip
        if found:
            severity, rows = severity_of(len(found), quality.checked), some(selection.kept.rows[found])
            title = f"{counted(len(found))}{sampled(quality.checked, selection)} {title}"
            yield Finding(kind, severity, title, why, len(found), rows, mend=mend)


def _tokens(selection: Selection, statistics: Statistics) -> Iterable[Finding]:
    tokens = statistics.tokens
    if not tokens:
        if statistics.tokens_failed:
            title = "Lengths in tokens were not measured"
            yield Finding("not_measured", "warning", title, statistics.tokens_failed, len(selection.indices))
        return
    rows = selection.kept.rows
    of = sampled(len(tokens.indices), selection)
    if len(long := tokens.too_long):
        yield Finding(
            "too_long", severity_of(len(long), len(tokens.indices)),
            f"{counted(len(long))}{of} longer than the model's context",
            f"More than {tokens.limit:,} tokens: the rest is cut off and not learned.",
            len(long), some(rows[long]), mend=Mend.DROP_TOO_LONG,
        )  # fmt: skip
    if len(masked := tokens.masked):
        yield Finding(
            "masked", "error", f"{counted(len(masked))}{of} with nothing to learn from",
            "The question alone fills the model's context, so no token of the answer counts towards the loss.",
            len(masked), some(rows[masked]), mend=Mend.DROP_MASKED,
        )  # fmt: skip


def _languages(quality: Quality) -> Iterable[Finding]:
    known = Counter({code: count for code, count in quality.languages.items() if code != "und"})
    minor = sum(known.values()) - max(known.values(), default=0)
    if minor > _MINOR_LANGUAGES * sum(known.values()):
        shares = ", ".join(f"{code} {count:,}" for code, count in known.most_common(5))
        why = f"Of {quality.checked:,} examples: {shares}."
        yield Finding("languages", "info", f"Examples in {len(known)} languages", why, minor)


def _personal(selection: Selection, quality: Quality) -> Iterable[Finding]:
    if found := quality.personal:
        of = sampled(quality.checked, selection)
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in quality.personal_kinds.most_common())
        yield Finding(
            "personal_data", "warning", f"{counted(len(found))}{of} with personal data",
            f"A model may repeat it to anyone. Found: {kinds}.",
            len(found), some(selection.kept.rows[found]), mend=Mend.REDACT_PERSONAL_DATA,
        )  # fmt: skip
