"""What a run minimises: the examples it reads, their batches, and the loss of each method."""
