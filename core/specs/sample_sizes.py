"""How many examples it takes before scores tell models apart."""

FEWEST_SCORED = 20
"""Of fewer examples scores have no interval: resampled, a handful shows less variety than there is."""
ENOUGH_SCORED = 100
"""So many examples tell apart shares that differ by about 0.1."""


def too_few_to_tell(count: int) -> str:
    """Why scores of so few examples come without intervals, and how many are needed; empty where they are enough."""
    if count >= FEWEST_SCORED:
        return ""
    examples = "1 example is" if count == 1 else f"{count} examples are"
    return (
        f"{examples} too few to tell models apart: intervals need {FEWEST_SCORED}; {ENOUGH_SCORED} tell differences "
        "of about 0.1."
    )
