"""The facts and questions of each domain of samples."""
