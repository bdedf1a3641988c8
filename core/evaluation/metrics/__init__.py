"""Scores of answers, as local modules of the `evaluate` library, each with a 95 % interval. Nothing is fetched."""
