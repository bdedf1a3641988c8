"""Lets a language model write examples: from documents, or as variants of the rows of a dataset."""
