"""What a person watches while a run trains: warnings, answers to fixed questions, memory and GPU use."""
