"""Several GPUs of one machine in one run: a process each, examples shared out, gradients summed."""
