"""What a run leaves: checkpoints, the point to resume from, and what is published at its end."""
