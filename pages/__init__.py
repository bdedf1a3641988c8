"""The studio's pages, one file each: read widgets, call a use case, draw the result."""
