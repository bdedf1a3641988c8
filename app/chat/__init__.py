"""Conversations with models, and the answers written in the background."""
