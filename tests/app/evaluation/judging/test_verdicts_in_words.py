"""What a judge says of two models, in words: signs, ties, and what would tell more."""

import json
import re
from pathlib import Path

from app.evaluation.judging.agreement import verdicts_of
from tests.app.evaluation.judging.conftest import judged
from tests.core.data.synthesis.scripted import completion

LABELS = {"base": "Base model", "tuned": "Tuned", "nearest": "Plain look-up"}
PAIR = {"form": "pairwise", "answers_of": ["base", "tuned"]}


def answered(evaluation, tuned) -> None:
    """The answers of the tuned model, by the number of the example; those of the base are all `fair`."""
    file = Path(evaluation.output_dir, "predictions.json")
    rows = json.loads(file.read_text())
    for number, row in enumerate(rows):
        row["predictions"] |= {"base": f"fair sentence {number}", "tuned": tuned(number)}
    file.write_text(json.dumps(rows))


def test_ties_are_told_apart_from_wins_and_losses(evaluation, script):
    answered(evaluation, lambda number: f"{'good' if number < 12 else 'fair'} reply {number}")
    [said] = verdicts_of(judged(evaluation, script, **PAIR), LABELS)
    assert "better by 40 (" in said and "preferred in 12, tied in 18, not preferred in 0 pairs" in said


def test_what_is_worse_is_so_by_a_positive_number_with_its_ends_in_order(evaluation, script):
    answered(evaluation, lambda number: f"{'wrong' if number % 3 else 'poor'} reply {number}")
    [said] = verdicts_of(judged(evaluation, script, answers_of=["base", "tuned"]), LABELS)
    assert (found := re.search(r"worse by (\S+) \((\S+) to (\S+)\) marks", said))
    value, low, high = map(float, found.groups())
    assert 0 < low < value < high
    [said] = verdicts_of(judged(evaluation, script, **PAIR), LABELS)
    assert "worse by 100 (" in said and "not preferred in 30 pairs" in said and "-" not in said


def test_more_examples_count_the_equal_answers_and_the_limit_comes_first(evaluation, script):
    def tuned(number):
        same = f"fair sentence {number}"
        return same if number >= 20 else f"{'good' if number < 9 else 'poor' if number < 13 else 'fair'} reply {number}"

    answered(evaluation, tuned)
    [said] = verdicts_of(judged(evaluation, script, **PAIR), LABELS)
    asked = int(re.search(r"bring about (\d+) more examples", said)[1])
    [said] = verdicts_of(judged(evaluation, script, **PAIR, limit=20), LABELS)
    found = re.search(r"raise the limit: about (\d+) more examples would show it, and 10 were left out", said)
    assert (
        asked == round(1.5 * int(found[1])) and "not told apart (preferred in 9, tied in 7, not preferred in 4" in said
    )


def test_without_its_verdicts_the_shares_are_told(evaluation, script):
    script.answer = lambda body: completion({"better": "tie"})
    judging = judged(evaluation, script, **PAIR)
    Path(judging.output_dir, "judgements.json").unlink()
    [said] = verdicts_of(judging, LABELS)
    assert said.startswith("Tuned against Base model: not told apart (difference 0")
