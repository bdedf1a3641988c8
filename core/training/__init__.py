"""QLoRA training, checkpoints, resuming, merging."""
