"""The Data page, a module for each part of it."""
