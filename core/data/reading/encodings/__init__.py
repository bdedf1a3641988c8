"""Detects how text is encoded."""
