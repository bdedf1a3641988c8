"""The parts of the Serve page."""
