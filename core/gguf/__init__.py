"""GGUF files: header, conversion, quantization, and llama.cpp's vocabulary and logits."""
