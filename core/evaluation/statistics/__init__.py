"""The statistics of evaluations: intervals, paired tests, corrections, and how many examples they need."""
