"""Merging an adapter into its base, tensor by tensor from disk to disk, and judging the merged model."""
