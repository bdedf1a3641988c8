"""The GGUF file: its header, conversion, quantization, and llama.cpp's own view of it."""
