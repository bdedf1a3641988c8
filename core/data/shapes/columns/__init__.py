"""The columns of a source, judged by their names and by the values in the first rows."""
