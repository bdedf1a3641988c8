"""Judges examples that a model wrote: grounded in the passage, new, and useful."""
