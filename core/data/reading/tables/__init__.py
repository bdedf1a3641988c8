"""Reads rows of tables and of JSON."""
