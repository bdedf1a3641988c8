"""The database with its rows and transitions, and the artifact store."""
