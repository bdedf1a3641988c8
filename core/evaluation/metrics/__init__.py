"""Scores of answers with 95 % intervals, as local modules of the `evaluate` library. Nothing is downloaded."""
