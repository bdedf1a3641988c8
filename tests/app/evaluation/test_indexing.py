"""Answers of an older version are indexed in other processes, one after another; failures are said, and stay there."""

import signal
import time
from pathlib import Path

import pytest

from app.evaluation import answers
from app.evaluation.answers import answers_of, indexing_of
from app.evaluation.browsing import View, find_examples
from app.evaluation.evidence import best_so_far, verdict_of
from core.errors import BusyError, NotFoundError, UnavailableError
from storage.actors import OWNER
from tests.browsed import browsed
from tests.waiting import until


def test_an_older_evaluation_is_indexed_once_in_another_process(here):
    old = browsed(1500, indexed=False)
    with pytest.raises(BusyError, match="indexed"):
        find_examples(OWNER, old, View())
    by_scores_alone = verdict_of(OWNER, old.id)
    assert indexing_of(old) and by_scores_alone.sentence
    until(lambda: not indexing_of(old))
    assert len(find_examples(OWNER, old, View()).places) == 1500
    assert Path(old.output_dir, "predictions.index").exists()
    assert "of 1,500 right or close" in verdict_of(OWNER, old.id).sentence


def test_a_file_that_cannot_be_indexed_has_no_answers(here):
    old = browsed(1500, indexed=False)
    path = Path(old.output_dir, "predictions.json")
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(BusyError):
        answers_of(old)
    until(lambda: not indexing_of(old))
    with pytest.raises(NotFoundError, match="answers are gone"):
        find_examples(OWNER, old, View())


def test_a_list_of_old_evaluations_indexes_one_after_another(here):
    old = [browsed(1500, indexed=False, name=f"old-{number}") for number in range(3)]
    assert all(verdict_of(OWNER, one.id).sentence for one in old)
    assert [bool(indexing_of(one)) for one in old] == [True, False, False]

    def all_indexed() -> bool:
        assert sum(bool(indexing_of(one)) for one in old) <= 1
        return all("of 1,500 right or close" in verdict_of(OWNER, one.id).sentence for one in old)

    until(all_indexed)


def test_a_killed_indexing_is_said_and_breaks_no_verdict(here, monkeypatch):
    old = browsed(1500, indexed=False)
    with pytest.raises(BusyError):
        answers_of(old)
    monkeypatch.setattr(answers, "_RETRY_SECONDS", 5)
    indexing = indexing_of(old)
    indexing._child.send_signal(signal.SIGSTOP)  # it takes longer than it is kept from being tried again
    time.sleep(5.1)
    indexing._child.kill()
    until(lambda: not indexing_of(old))
    with pytest.raises(UnavailableError):
        find_examples(OWNER, old, View())
    assert verdict_of(OWNER, old.id).sentence
    best_so_far(OWNER)
    assert not indexing_of(old)
