"""Disk space: usage, deleting and restoring, cleaning up."""
