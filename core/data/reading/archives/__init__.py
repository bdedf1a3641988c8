"""Lists the entries of zip and tar archives without unpacking them to disk and without trusting their headers."""
