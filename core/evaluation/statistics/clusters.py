"""Which examples stand or fall together: those made from one source document."""

from collections.abc import Sequence

FEWEST_CLUSTERS = 10
"""Fewer documents than this tell hardly anything about others: the examples then count one by one."""


def clusters_of(examples: Sequence[dict]) -> list[str | int] | None:
    """By example: its `source` document, or its own number where it has none; None where all stand alone.

    A conversation is one example, so that its turns are one unit in any case.
    """
    clusters = [example.get("source") or number for number, example in enumerate(examples)]
    return clusters if FEWEST_CLUSTERS <= len(set(clusters)) < len(clusters) else None


def told_of_clusters(examples: Sequence[dict]) -> str:
    """What clusters mean for the intervals, in words; empty where every example stands alone."""
    documents = len({example["source"] for example in examples if example.get("source")})
    if clusters_of(examples):
        return (
            f"The examples come from {documents:,} documents. Those from one document count together in every interval "
            "and test, as they are easy or hard together: in the worst case the examples show only what "
            f"{documents:,} would."
        )
    if 1 < documents < FEWEST_CLUSTERS and documents < len(examples):
        return f"The examples come from only {documents} documents: intervals and tests hold for these, not for others."
    return ""
