"""Orders documents by how well they answer a query, with a cross-encoder that reads both together."""

from threading import Lock

from core.errors import InputError
from core.inference.schemas import RankedDocument
from core.models.references import locate

_BATCH_DOCUMENTS = 16


class Reranker:
    """A sentence-transformers cross-encoder from a local folder or the hub: safetensors only, none of its own code.

    Raises NotFoundError, UnavailableError or InputError for one that cannot be had or is no cross-encoder.
    """

    def __init__(self, reference: str, threads: int | None = None):
        import torch
        from safetensors import SafetensorError
        from sentence_transformers import CrossEncoder

        from core.models.folders import model_folder
        from core.models.precision import device

        if threads:
            torch.set_num_threads(threads)
        location = locate(reference)
        self.label = location.label
        self._turn = Lock()
        try:
            self._model = CrossEncoder(
                str(model_folder(location)),
                device=str(device()),
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise InputError(f"{reference} cannot be loaded as a cross-encoder: {reason}", _REMEDY) from error
        if self._model.num_labels != 1:
            raise InputError(f"{reference} gives {self._model.num_labels} scores for a document, not one.", _REMEDY)

    def rank(self, query: str, documents: list[str], top_n: int | None = None) -> list[RankedDocument]:
        """The `top_n` best documents (all by default), best first; equals in the order they came in."""
        with self._turn:
            scores = self._model.predict(
                [(query, document) for document in documents], batch_size=_BATCH_DOCUMENTS, show_progress_bar=False
            )
        ranked = sorted(enumerate(scores.tolist()), key=lambda pair: -pair[1])[:top_n]
        return [RankedDocument(index=index, score=score, document=documents[index]) for index, score in ranked]


_REMEDY = "Give a sentence-transformers cross-encoder with one output, such as cross-encoder/ms-marco-MiniLM-L6-v2."
