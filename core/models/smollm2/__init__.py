"""SmolLM2-135M-Instruct, the default base model: fetched from the hub, or rebuilt from a GGUF on the package index."""
