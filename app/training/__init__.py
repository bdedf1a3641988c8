"""Training runs: starting them, and judging them by their losses."""
