"""A model and its tokenizer in Transformers' format, in this process's memory: what chat and batches both need."""

import torch

from core.examples.prompting import end_ids, end_text
from core.models.loading import load_model, load_tokenizer
from core.models.precision import Precision, compute_dtype
from core.models.references import ModelLocation
from core.specs.deployments import DEFAULT_CONTEXT_TOKENS


class TransformersModel:
    """A base model, a merged model, or an adapter on its base in full precision (not in 4 bits).

    `precision` is `compute_dtype` unless given. `model` is taken as it is if it is in memory already, as in training.
    `longest_context` is the model's limit in tokens, `end_ids` and `end_text` are what ends an answer (see Engine).
    """

    def __init__(self, location: ModelLocation, tokenizer=None, model=None, precision: Precision | None = None):
        self.tokenizer = tokenizer or load_tokenizer(location)
        self.precision = precision or compute_dtype(location)
        self.model = model or load_model(location, dtype=self.precision)
        config = self.model.config.get_text_config()
        self.vocabulary_size: int = config.vocab_size
        self.longest_context: int = getattr(config, "max_position_embeddings", None) or DEFAULT_CONTEXT_TOKENS
        ends = self.model.generation_config.eos_token_id
        self.end_ids = {*end_ids(self.tokenizer), *(ends if isinstance(ends, list) else [ends])} - {None}
        self.end_text = end_text(self.tokenizer)

    def left_padded(self, texts: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Token ids and attention mask, both int64 of shape (texts, longest), padded on the left for decoding."""
        pad = self.tokenizer.pad_token_id
        pad = pad if pad is not None else self.tokenizer.eos_token_id
        width = max(map(len, texts))
        ids = [[pad] * (width - len(text)) + text for text in texts]
        mask = [[0] * (width - len(text)) + [1] * len(text) for text in texts]
        return torch.tensor(ids, device=self.model.device), torch.tensor(mask, device=self.model.device)

    def close(self) -> None:
        """Free the memory."""
        del self.model
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
