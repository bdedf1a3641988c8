"""How many examples it takes before scores tell models apart."""

FEWEST_SCORED = 20
"""Of fewer examples scores have no interval: resampled, a handful shows less variety than there is."""
ENOUGH_SCORED = 100
"""So many examples tell apart shares that differ by about 0.1."""
