"""Models: the catalogue of base models, those made here, and finding one by its reference."""
