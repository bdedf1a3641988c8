"""How many examples it takes to tell models apart by their scores."""

FEWEST_SCORED = 20
"""Below this, scores have no interval: resampling a handful of examples underestimates their variance."""
ENOUGH_SCORED = 100
"""This many examples show a difference of about 15 points in the share of good answers: see `planning.py` in
`core/evaluation/statistics`."""
