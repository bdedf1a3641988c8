"""Evaluations: starting them, counting answers, verdicts."""
