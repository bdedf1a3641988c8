"""The spec of a judging, and what makes its verdict count. Light: no ML library."""
