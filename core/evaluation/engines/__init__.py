"""The engines that answer and score in an evaluation: Transformers, llama.cpp, and an OpenAI-compatible endpoint."""
