"""How numbers, times, names and untrusted text are written on every page."""
