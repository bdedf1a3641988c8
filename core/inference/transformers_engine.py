"""The engine for models in Transformers' format."""

from collections.abc import Callable

import numpy as np
import torch
from tokenizers.decoders import DecodeStream

from core.inference.engine import Engine
from core.inference.prompts.transformers_prompter import TransformersPrompter
from core.inference.transformers_model import TransformersModel
from core.models.references import ModelLocation
from core.specs.deployments import DEFAULT_CONTEXT_TOKENS


class TransformersEngine(TransformersPrompter, Engine):
    """A TransformersModel that answers prompts one at a time."""

    def __init__(self, location: ModelLocation, threads: int | None = None, context_length: int | None = None):
        Engine.__init__(self)
        if threads:
            torch.set_num_threads(threads)
        loaded = TransformersModel(location)
        context_length = min(loaded.longest_context, context_length or DEFAULT_CONTEXT_TOKENS)
        TransformersPrompter.__init__(self, loaded.tokenizer, location.label, context_length)
        self.loaded, self._model = loaded, loaded.model
        self._end_ids, self.end_text = loaded.end_ids, loaded.end_text
        self._cache = None

    def decoder(self) -> Callable[[int], str]:
        stream = DecodeStream(skip_special_tokens=True)
        return lambda token: stream.step(self.tokenizer.backend_tokenizer, token) or ""

    def ends(self, token: int) -> bool:
        return token in self._end_ids

    def reset(self) -> None:
        self._cache = None

    def state(self) -> object:
        return self._cache

    def restore(self, state: object) -> None:
        self._cache = state

    def read(self, tokens: list[int]) -> np.ndarray:
        with torch.inference_mode():
            output = self._model(
                input_ids=torch.tensor([tokens], device=self._model.device),
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=1,
            )
        self._cache = output.past_key_values
        return output.logits[0, -1].float().cpu().numpy()
