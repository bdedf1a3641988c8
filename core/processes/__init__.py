"""Child processes: one step, a child that answers line by line, an errand."""
