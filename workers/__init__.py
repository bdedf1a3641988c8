"""The processes that do the work: supervisor, job child, model server, inspector."""
