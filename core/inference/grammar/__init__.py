"""JSON schemas and tool calls as grammars (GBNF) that constrain what a GGUF can generate."""
