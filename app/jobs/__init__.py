"""What all kinds of jobs share: queueing, looking up, steering, forecasts, logs."""
