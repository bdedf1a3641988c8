"""Wilson's 95 % interval of a share. Light: the web process judges evaluations by it."""

import math

_Z = 1.959964
"""Standard deviations on each side of the mean that hold 95 %."""


def wilson(share: float, count: int) -> tuple[float, float]:
    """Both ends of the score interval of a share of `count` examples (Wilson 1927)."""
    spread = 1 + _Z**2 / count
    centre = (share + _Z**2 / (2 * count)) / spread
    half = _Z / spread * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))
