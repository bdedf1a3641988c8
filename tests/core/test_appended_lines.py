"""A file that several attempts of a job append to: whole lines only, each attempt in a copy of its own."""

import pytest

from core.appended_lines import AppendedLines
from core.errors import LeaseLostError
from core.reporting import Reporter


def attempt(number: int) -> Reporter:
    reporter = Reporter()
    reporter.attempt = f"job.{number}"
    return reporter


def test_a_later_attempt_continues_after_the_last_whole_line(tmp_path):
    path = tmp_path / "answers" / "one.jsonl"
    AppendedLines(path, attempt(1)).add("first", "zweite, größer")
    with path.open("a") as file:
        file.write("cut sh")
    second = AppendedLines(path, attempt(2))
    second.add("third")
    assert [line.rstrip("\n") for line in second] == ["first", "zweite, größer", "third"]
    assert [entry.name for entry in path.parent.iterdir()] == ["one.jsonl"]


def test_an_attempt_that_was_suspended_and_continues_changes_nothing(tmp_path):
    path = tmp_path / "one.jsonl"
    first = AppendedLines(path, attempt(1))
    first.add("first")
    AppendedLines(path, attempt(2)).add("second")
    first.add("too late")
    assert path.read_text() == "first\nsecond\n"


def test_a_lost_lease_is_noticed_before_anything_is_written(tmp_path):
    class Lost(Reporter):
        lost = False

        def confirm(self):
            if self.lost:
                raise LeaseLostError("taken over")

    reporter = Lost()
    lines = AppendedLines(tmp_path / "one.jsonl", reporter)
    reporter.lost = True
    with pytest.raises(LeaseLostError):
        lines.add("never")
    assert (tmp_path / "one.jsonl").read_text() == ""
