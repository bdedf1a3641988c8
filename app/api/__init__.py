"""REST: thin routes over the use cases that pages and command line also call."""
