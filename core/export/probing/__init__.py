"""Reads models in child processes: native code that aborts on a bad file ends a probe, and nothing else."""
