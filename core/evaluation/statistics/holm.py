"""Holm's correction: p-values that stay honest when several metrics and models are compared at once."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Corrected p-values, in the order given: below 0.05, all of them together are wrong in at most 5 % of cases.

    Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6, 1979. It holds
    whether or not the comparisons depend on each other, as metrics of the same answers do.
    """
    factors, corrected, least = holm_factors(p_values), [0.0] * len(p_values), 0.0
    for place in sorted(range(len(p_values)), key=p_values.__getitem__):
        least = max(least, min(1.0, p_values[place] * factors[place]))
        corrected[place] = least
    return corrected


def holm_factors(p_values: Sequence[float]) -> list[int]:
    """What each is multiplied by, in the order given: the smallest by their number, the largest by 1."""
    factors = [0] * len(p_values)
    for done, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        factors[place] = len(p_values) - done
    return factors
