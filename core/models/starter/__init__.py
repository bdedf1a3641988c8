"""The starter model, and how it was built."""
