"""Exports: GGUF files asked for, listed, judged."""
