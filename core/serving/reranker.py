"""Ranks documents by relevance to a query, with a cross-encoder that reads query and document together."""

from collections.abc import Iterable, Iterator
from itertools import chain
from threading import Lock

from core.errors import InputError
from core.models.references import locate
from core.serving.schemas import RankedDocument

_BATCH_DOCUMENTS = 16
"""Documents scored in one batch; the work can be cancelled between batches."""
_LONGEST_TOKENS = 4096
_REMEDY = "Give a sentence-transformers cross-encoder with one output, such as cross-encoder/ms-marco-MiniLM-L6-v2."


class Reranker:
    """A sentence-transformers cross-encoder from a local folder or the hub. Only safetensors, and no code of its own.

    Raises NotFoundError, UnavailableError or InputError for one that cannot be found, fetched or used.
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
            raise InputError(f"{reference} gives {self._model.num_labels} scores per document, not one.", _REMEDY)
        longest = max(map(len, self._model.tokenizer.get_vocab()))
        self._most_characters = 4 * longest * min(self._model.tokenizer.model_max_length, _LONGEST_TOKENS)

    def scores(self, query: str, documents: list[str]) -> Iterator[list[tuple[int, float]]]:
        """Index and score of each document, a batch at a time, longest first because batches are padded.

        Texts are cut far beyond what the model reads: tokenizing can take quadratic time.
        """
        query, documents = query[: self._most_characters], [text[: self._most_characters] for text in documents]
        places = sorted(range(len(documents)), key=lambda place: -len(documents[place]))
        for start in range(0, len(places), _BATCH_DOCUMENTS):
            batch = places[start : start + _BATCH_DOCUMENTS]
            with self._turn:
                pairs = [(query, documents[place]) for place in batch]
                scores = self._model.predict(pairs, batch_size=_BATCH_DOCUMENTS, show_progress_bar=False)
            yield list(zip(batch, scores.tolist(), strict=True))

    def rank(self, query: str, documents: list[str], top_n: int | None = None) -> list[RankedDocument]:
        """The `top_n` best documents (all by default): see `ranked`."""
        return ranked(documents, chain.from_iterable(self.scores(query, documents)), top_n)


def ranked(documents: list[str], scores: Iterable[tuple[int, float]], top_n: int | None) -> list[RankedDocument]:
    """The `top_n` best documents by their (index, score), best first; ties in the given order."""
    best = sorted(scores, key=lambda one: (-one[1], one[0]))[:top_n]
    return [RankedDocument(index=place, score=score, document=documents[place]) for place, score in best]
