"""The model server: routes, wire formats, request preparation, queue, security."""
