"""Makes a dataset: the steps in their order, and what is published."""
