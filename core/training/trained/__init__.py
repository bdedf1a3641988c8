"""What a run trains: an adapter beside frozen weights, or all weights; its optimizer, and how it computes."""
