"""Files of prose: plain text, Markdown, HTML, PDF, Word."""
