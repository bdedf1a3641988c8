"""The set-up, standard library only: it runs in the system's Python, before any environment exists."""
