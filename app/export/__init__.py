"""Exports to GGUF: starting them, their files, their verdict."""
