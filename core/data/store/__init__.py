"""Dataset folders: written, opened, searched, compared, exported."""
