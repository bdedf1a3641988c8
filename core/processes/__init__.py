"""Child processes: one step, a child that answers line by line, failures reported to the parent."""
