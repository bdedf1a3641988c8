"""LoRA and QLoRA fine-tuning: examples, the training loop, checkpoints, resuming."""
