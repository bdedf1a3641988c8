"""What a run minimizes: the examples it reads, their batches, and the loss of each method."""
