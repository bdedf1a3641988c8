"""Evaluations: asked for, counted, judged."""
