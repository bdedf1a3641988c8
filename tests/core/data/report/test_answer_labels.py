"""The report recognizes datasets whose answers are labels."""

import pytest

from core.data.preparing.prepare import prepare
from core.specs import PrepareSpec
from tests.core.data.conftest import write_csv

MOODS = ("positive", "negative", "very neutral")


@pytest.mark.parametrize(
    "answer, labels",
    [
        (lambda n: MOODS[n % 3], {"positive": 14, "negative": 13, "very neutral": 13}),
        (lambda n: f"{MOODS[n % 3]}, as number {n} says", {}),
        (lambda n: "positive", {}),
        (lambda n: f"{MOODS[n % 3]} for more reasons than one can count here", {}),
    ],
    ids=["labels", "all different", "one", "long"],
)
def test_few_short_answers_are_labels(tmp_path, answer, labels):
    rows = [
        {"question": f"How was the tram of line {n} on day {n}, all in all?", "answer": answer(n)} for n in range(40)
    ]
    spec = PrepareSpec(
        name="moods", output_dir=str(tmp_path), source="file", input_file=str(write_csv(tmp_path / "moods.csv", rows))
    )
    report = prepare(spec).report
    assert (report.label_data, report.answer_labels) == (bool(labels), labels)
    told = [finding for finding in report.findings if finding.kind == "label_data"]
    assert len(told) == bool(labels)
    assert not labels or "'positive' 14" in told[0].why
