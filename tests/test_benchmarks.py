"""Benchmarks show every figure they found, and compare only sides that did the same work."""

import pytest

from tests.benchmarks.__main__ import _table
from tests.benchmarks.training_sides import Work
from tests.benchmarks.training_speed import _ROOT, _figures, _parsed, _rows


def test_figures_of_one_side_only_are_shown_too_and_ours_come_first():
    lines = _table({"trl": {"steps": 2.0, "share": 0.5}, "ours": {"steps": 3.0, "times_trl": 1.5}}).splitlines()
    assert lines[0] == "|  | ours | trl | ratio |"
    assert lines[2:] == ["| steps | 3 | 2 | 1.50 |", "| times_trl | 1.5 | – | – |", "| share | – | 0.5 | – |"]


@pytest.mark.long
def test_a_side_that_is_fed_other_batches_is_not_compared(tmp_path):
    from core.models.catalogue import STARTER, find_in_catalogue

    model = find_in_catalogue(STARTER).local_folder
    rows = _rows(_parsed(["--steps", "2"]), model, tmp_path)
    work = Work(
        side="trl", precision="float32", model=str(model), dataset=str(rows.dataset), ordered=str(rows.ordered),
        steps=2, four_bit=False, batch_size=8, rank=4, alpha=8, most_tokens=256, rate=1e-4,
    )  # fmt: skip
    assert _figures(work, _ROOT, None, rows.tokens)["mean_loss"] > 0
    with pytest.raises(SystemExit, match="not the same work"):
        _figures(work, _ROOT, None, rows.tokens[::-1])
