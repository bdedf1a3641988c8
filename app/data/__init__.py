"""Datasets: making, listing, editing, comparing, exporting them."""
