"""Reads the text of documents."""
