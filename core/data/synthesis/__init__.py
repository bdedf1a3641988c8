"""Examples that a language model writes: from documents, or by varying the rows of a dataset."""
