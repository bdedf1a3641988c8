"""The report of a dataset: what became of its rows, what is wrong with it."""
