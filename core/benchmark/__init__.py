"""Speed and memory of models as they run."""
