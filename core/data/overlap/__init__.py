"""Duplicates, near duplicates and leakage: which examples say the same, and which remain."""
