"""The set-up. Standard library only: it runs in the system's Python, before .venv exists."""
