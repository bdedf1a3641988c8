"""Reads what answers hold: the number at the end, JSON and whether it satisfies a schema. Loads no ML library."""
