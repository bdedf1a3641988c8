"""Opens the engine for a model. Only the library that the model needs is imported."""

from core.inference.engine import Engine
from core.models.references import ModelLocation


def open_engine(location: ModelLocation, threads: int | None = None, context_length: int | None = None) -> Engine:
    """Load the model at `location`. Raises the errors of `core.models.loading` and `core.gguf.llama`."""
    if location.kind == "gguf":
        from core.inference.llama_engine import LlamaEngine

        return LlamaEngine(location, threads, context_length)
    from core.inference.transformers_engine import TransformersEngine

    return TransformersEngine(location, threads, context_length)
