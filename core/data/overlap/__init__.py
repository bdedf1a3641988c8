"""Which examples are the same or nearly so, which stay, and in which split."""
