"""Inference: prompts, engines, sampling, output formats. One engine serves chat, API and scoring."""
