"""The model server: its wire format, routes, queue, guard and keys."""
