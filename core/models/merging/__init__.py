"""Merging an adapter into its base, tensor by tensor from disk to disk, and judging what came out."""
