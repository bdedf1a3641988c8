"""What an example is, and the one way it becomes tokens."""
