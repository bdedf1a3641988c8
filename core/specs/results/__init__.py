"""What jobs return, as their rows, the files beside them and the pages read it: typed and versioned."""
