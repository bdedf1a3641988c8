"""The fine-tuning library: specs, data, training, evaluation, export and inference, usable from a notebook."""
