"""Reads whatever text a person has, as rows, without trusting a byte of it: parsers run in a child with limits."""

from core.data.reading.opening import look, open_path, unpack

__all__ = ["look", "open_path", "unpack"]
