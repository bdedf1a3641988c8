"""Datasets on disk: written, read, looked through, compared and taken home."""
