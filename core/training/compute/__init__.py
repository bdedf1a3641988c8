"""How a step is computed: blocks by hand, packed attention, fused LoRA, losses in blocks, halves of a batch at once."""
