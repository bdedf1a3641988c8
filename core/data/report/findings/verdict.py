"""Collects the findings of a data report, and judges whether the dataset is ready for training."""

from core.data.overlap.leakage import Leaks
from core.data.overlap.selection import Selection
from core.data.report.findings.balance import of_balance
from core.data.report.findings.content import of_content
from core.data.report.findings.overlap import of_overlap
from core.data.report.findings.source import of_source
from core.data.report.statistics import Statistics
from core.data.screening.tally import Tally
from core.specs import Shape
from core.specs.results.report import Finding, ReadinessVerdict

_SEVERITIES = ("error", "warning", "info")
_SAMPLES_ALIKE = (
    "Samples are alike on purpose: they state each fact in several wordings, and the test asks for known facts in new "
    "words. Your own data should not be alike."
)


def findings(
    selection: Selection,
    tally: Tally,
    statistics: Statistics,
    leaks: Leaks,
    shape: Shape,
    unused: list[str],
    labels: dict[str, int],
) -> list[Finding]:
    """All findings, the most severe first."""
    found = [
        *of_source(tally, unused),
        *of_overlap(selection, leaks, shape),
        *of_content(selection, statistics),
        *of_balance(selection, statistics, shape, labels),
    ]
    return sorted(found, key=lambda one: _SEVERITIES.index(one.severity))


def verdict(found: list[Finding], samples: bool = False) -> ReadinessVerdict:
    """Whether the dataset is ready for training, and why. For samples, adds why they are alike."""
    errors, warnings = ([f"{one.title}." for one in found if one.severity == level] for level in _SEVERITIES[:2])
    if errors:
        return ReadinessVerdict(state="not ready", why=errors + warnings)
    if warnings:
        alike = samples and any(one.kind in ("near_duplicates", "leakage") for one in found)
        return ReadinessVerdict(state="ready with warnings", why=warnings + [_SAMPLES_ALIKE] * alike)
    return ReadinessVerdict(state="ready", why=["No problems were found."])
