"""What carries the use cases: the server and who may ask it, the supervisor, children, the workspace."""
