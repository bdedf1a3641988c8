"""Makes a dataset from a source: all steps in order, up to the published folder."""
