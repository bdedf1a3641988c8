"""Runs: asked for, and judged by their losses."""
