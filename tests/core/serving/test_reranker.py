"""Reranking orders documents by the scores of a cross-encoder, and loads only safetensors."""

import shutil

import pytest
import torch

from core.errors import InputError, NotFoundError
from core.serving.reranker import Reranker

QUERY = "what is asthma"
DOCUMENTS = ["a dog ran", "asthma is a disease of the lungs", "the bank is closed", "lungs", "a dog ran"]


@pytest.fixture(scope="module")
def reranker(cross_encoder):
    return Reranker(str(cross_encoder), threads=1)


def scores_by_transformers(folder) -> list[float]:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        return [model(**tokenizer(QUERY, document, return_tensors="pt")).logits.item() for document in DOCUMENTS]


def test_documents_are_ordered_by_score(reranker, cross_encoder):
    expected = scores_by_transformers(cross_encoder)
    ranked = reranker.rank(QUERY, DOCUMENTS)
    assert [document.index for document in ranked] == sorted(range(5), key=lambda index: -expected[index])
    assert [document.document for document in ranked] == [DOCUMENTS[document.index] for document in ranked]
    scores = [document.score for document in ranked]
    assert scores == sorted(scores, reverse=True) and len(set(scores)) == 4


def test_top_n_keeps_the_best(reranker):
    assert reranker.rank(QUERY, DOCUMENTS, top_n=2) == reranker.rank(QUERY, DOCUMENTS)[:2]
    assert len(reranker.rank(QUERY, DOCUMENTS, top_n=99)) == 5


def test_anything_but_a_cross_encoder_is_refused_with_a_reason(tmp_path, cross_encoder):
    with pytest.raises(NotFoundError):
        Reranker(str(tmp_path / "nothing"))
    pickled = tmp_path / "pickled"
    shutil.copytree(cross_encoder, pickled)
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(InputError, match="pickle"):
        Reranker(str(pickled))
    cut = tmp_path / "cut"
    shutil.copytree(cross_encoder, cut)
    (cut / "model.safetensors").write_bytes(b"half")
    with pytest.raises(InputError, match="cannot be loaded"):
        Reranker(str(cut))
