"""The facts and questions of each sample domain."""
