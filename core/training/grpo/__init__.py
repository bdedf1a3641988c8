"""Learning from rewards (GRPO): TRL generates the answers and takes the steps; checkpoints and reports stay ours."""
