"""Many answers in one pass: the loop that all engines share, and what each engine does for it."""
