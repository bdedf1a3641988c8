"""How numbers, times, names and foreign text are written on every page."""
