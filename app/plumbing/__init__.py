"""What the use cases run on: the server and its security, the supervisor, child processes, the workspace."""
