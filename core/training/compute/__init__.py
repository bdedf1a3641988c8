"""How a step is computed: losses in blocks, packed attention, fused LoRA, both halves of a batch at once."""
