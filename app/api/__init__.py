"""REST: thin routes over the same use cases that the pages and the command line call."""
