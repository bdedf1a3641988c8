"""How many examples it takes to tell models apart by their scores."""

FEWEST_SCORED = 20
"""Below this, scores have no interval: resampling a handful of examples underestimates their variance."""
ENOUGH_SCORED = 100
"""This many examples tell apart shares that differ by about 0.1."""


def too_few_to_tell(count: int) -> str:
    """Why the scores of `count` examples have no intervals, and how many are needed; empty if they are enough."""
    if count >= FEWEST_SCORED:
        return ""
    examples = "1 example is" if count == 1 else f"{count} examples are"
    return (
        f"{examples} too few to tell models apart: intervals need {FEWEST_SCORED}; {ENOUGH_SCORED} tell differences "
        "of about 0.1."
    )
