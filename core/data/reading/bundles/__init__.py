"""Many files read as one: a folder or an archive."""
