"""What all kinds of jobs share: queueing, queries, cancel/pause/resume, forecasts, logs."""
