"""Base models, and the starter model with its files."""
