"""How fast and how large models are when they run."""
