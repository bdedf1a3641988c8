"""Scorecards: one model, one split, the same metrics for all."""
