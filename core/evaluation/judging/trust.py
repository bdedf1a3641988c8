"""Whether a judge agrees with a person enough for its verdict to count.

The bar: at least 20 answers that both have judged, and a 95 % interval of Cohen's kappa that lies above 0.4. Below 20,
no interval can be told (as for every score here). 0.4 is where Landis and Koch (The Measurement of Observer Agreement
for Categorical Data, Biometrics 33, 1977) begin to call agreement moderate, and where most of what two people disagree
on in such ratings lies; asking it of the interval's low end, not of kappa, means that a judge passes by agreement and
not by luck.
"""

import math
from collections.abc import Sequence

import numpy as np

from core.evaluation.statistics.agreement import cohens_kappa, kendalls_tau
from core.specs.judging.trust import FEWEST_RATED, LEAST_KAPPA, Trust


def trust_in(theirs: Sequence[float], ours: Sequence[float], highest_mark: int | None) -> Trust:
    """How far a judge's verdicts (`ours`) agree with a person's (`theirs`) on the same answers, in the same order.

    Marks from 1 to `highest_mark` are compared by quadratically weighted kappa. Without it, verdicts are on two answers
    each: 1, 0 for a tie, or −1. Raises ValueError for lists of different lengths.
    """
    if len(theirs) != len(ours):
        raise ValueError(f"{len(theirs)} ratings beside {len(ours)}")
    agreed = int(np.equal(theirs, ours).sum())
    if not theirs:
        return Trust(rated=0, agreed=0, of_marks=highest_mark is not None)
    kappa = cohens_kappa(ours, theirs, range(1, highest_mark + 1) if highest_mark else ())
    return Trust(
        rated=len(theirs),
        agreed=agreed,
        of_marks=highest_mark is not None,
        kappa=kappa,
        tau=kendalls_tau(ours, theirs),
        one_verdict=len({*theirs}) < 2,
        more=_more(kappa, len(theirs)),
    )


def _more(kappa, rated: int) -> int | None:
    """About how many more ratings would lift the interval's low end above the bar; None where none would.

    An interval narrows as the root of the number of ratings.
    """
    if rated < FEWEST_RATED or kappa.low is None:
        return max(0, FEWEST_RATED - rated)
    if kappa.low >= LEAST_KAPPA:
        return 0
    if kappa.value <= LEAST_KAPPA + 0.05:
        return None
    return math.ceil(rated * (((kappa.value - kappa.low) / (kappa.value - LEAST_KAPPA)) ** 2 - 1))
