"""Builds the starter model from folders of text."""
