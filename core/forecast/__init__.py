"""What a training will need, computed before any weight is loaded: memory, time, disk. Arithmetic only."""
