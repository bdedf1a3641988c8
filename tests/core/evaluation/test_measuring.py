"""Which metrics are measured on which examples."""

import numpy as np
import pytest

from core.evaluation import measuring
from core.evaluation.engines.scored_model import AnswerLoss
from core.evaluation.measuring import Measuring
from core.inference.engine import Answered
from core.specs import EvaluateSpec

SPEC = EvaluateSpec(name="e", output_dir="/e", model="m", dataset="/d")


def of(*outputs: str) -> Measuring:
    examples = [{"instruction": "?", "input": "", "output": output} for output in outputs]
    return Measuring(examples, SPEC, labels=False, asks=True)


def said(*texts: str) -> list[Answered]:
    return [Answered(text, ended=not text.endswith("…")) for text in texts]


def test_of_many_examples_the_similarity_is_that_of_some_spread_evenly(monkeypatch):
    texts = [f"The doctor asks patient {number} where it hurts and for how long." for number in range(9)]
    whole = of(*texts).of_answers(said(*reversed(texts)))["semantic_similarity"].examples
    monkeypatch.setattr(measuring, "MOST_EMBEDDED", 3)
    some = of(*texts).of_answers(said(*reversed(texts)))["semantic_similarity"].examples
    assert np.flatnonzero(~np.isnan(some)).tolist() == [0, 4, 8]
    assert some[[0, 4, 8]] == pytest.approx(whole[[0, 4, 8]], abs=1e-6)


def test_answers_that_end_by_themselves_are_counted():
    assert of("a b", "c d").of_answers(said("a b", "c d and so on…"))["ended"].examples.tolist() == [1, 0]


def test_bits_per_byte_count_the_bytes_within_the_context():
    losses = [AnswerLoss(8 * np.log(2), 4, 0)] * 2
    found = of("Größe", "Größe").of_losses(losses, [1.0, 0.5])["bits_per_byte"]
    assert found.examples == pytest.approx([8 / 7, 8 / 4])  # 7 bytes, of which half are 4


def test_reasoning_is_left_out_of_answers_and_references():
    found = of("<think>It is wet.</think>\n\nRain.").of_answers(said("<think>Sky?</think>Rain."))
    assert found["exact_match"].value == 1
