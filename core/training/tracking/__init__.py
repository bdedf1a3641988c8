"""Where a run's metrics go besides its reporter: TensorBoard event files, Weights & Biases, MLflow, Trackio."""
