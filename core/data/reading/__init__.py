"""Reads any file with text as rows. Parsers run in a child process with limits, since no file can be trusted."""

from core.data.reading.opening import look, open_path, unpack

__all__ = ["look", "open_path", "unpack"]
