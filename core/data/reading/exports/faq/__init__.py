"""Questions and answers written as a document: below headings, after `Q:` and `A:`, or in a Markdown table."""
