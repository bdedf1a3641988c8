"""Scorecards: the same metrics on the same split for every model."""
