"""Datasets: asked for, listed, changed, compared, exported."""
