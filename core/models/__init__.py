"""Models: references, the catalogue, loading, merging, memory estimates, and the starter model."""
