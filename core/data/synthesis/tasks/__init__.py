"""The synthesis tasks: the prompt of each, the schema of the answer, and the examples made from it."""
