"""The report of a dataset: what happened to its rows, quality statistics, findings, a verdict."""
