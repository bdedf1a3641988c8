"""Commands about evaluations that have ended."""
