"""What an example is, and the one way in which it becomes tokens."""
