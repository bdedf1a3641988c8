"""The engine behind chat and serving, its wire schemas and its router."""
