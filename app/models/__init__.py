"""Models: the catalogue of base models, what was made here, and finding one by its reference."""
