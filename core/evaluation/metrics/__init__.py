"""Metrics of answers and losses, as local modules of the `evaluate` library. Nothing is downloaded."""
