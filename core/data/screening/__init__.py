"""From rows to clean examples: planned, screened, counted, kept on disk."""
