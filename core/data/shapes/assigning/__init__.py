"""Assigns columns to the roles of each shape: by name first, then by what the columns hold."""
