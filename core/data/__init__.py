"""Text to datasets: sources, cleaning, validation, splits, samples."""
