"""Thresholds files: what they may say, and errors that name line and field."""

import re

import pytest

from core.errors import InputError
from core.evaluation.gate.thresholds import read_thresholds

GOOD = """\
minimum_examples: 100
conditions:
  - model: Mine
    metric: rougeL
    better_than: Base
  - {model: Mine, metric: ended, at_least: 0.95, by: interval, split: validation}
  - model: q4_0
    metric: rougeL
    not_worse_than: Mine
    margin: 0.02
"""


def test_every_kind_of_condition_is_read_with_its_line():
    found = read_thresholds(GOOD, "gate.yaml")
    first, second, third = found.thresholds.conditions
    assert found.thresholds.minimum_examples == 100 and found.lines == (3, 6, 7)
    assert (first.better_than, second.at_least, second.by, second.split) == ("Base", 0.95, "interval", "validation")
    assert (third.not_worse_than, third.margin) == ("Mine", 0.02)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "gate.yaml holds no thresholds"),
        ("- a\n", "gate.yaml holds no thresholds"),
        ("{}", "nothing is demanded"),
        ("conditions: []", "nothing is demanded"),
        ("conditions:\n  - model: A\n   metric: f1", "gate.yaml, line 3"),
        ("minimum_examples: 0", "line 1, minimum_examples: .*greater than or equal to 1"),
        ("minimum_exampels: 9", r"line 1, minimum_exampels: there is no such field; did you mean minimum_examples\?"),
        (GOOD.replace("at_least", "at_leat"), r"line 6, conditions\.2\.at_leat: .*did you mean at_least\?"),
        (GOOD.replace("better_than: Base", "at_least: much"), r"line 5, conditions\.1\.at_least: .*number"),
        (GOOD.replace("better_than: Base", "at_least: yes"), r"line 5, conditions\.1\.at_least: .*number"),
        (GOOD.replace("better_than: Base", "at_least: .nan"), r"line 5, conditions\.1\.at_least: .*finite"),
        (GOOD.replace("at_least: 0.95", "at_least: 95"), r"line 6, conditions\.2\.at_least: ended .*; 0\.95 is 95 %"),
        (GOOD.replace("at_least: 0.95", "at_most: 95"), r"line 6, conditions\.2\.at_most: ended is .*; 0\.95 is 95 %"),
        (GOOD.replace("at_least: 0.95", "at_most: 1"), r"line 6, conditions\.2\.at_most: .*; 0\.01 is 1 %"),
        (GOOD.replace("at_least: 0.95", "at_least: 95 %"), r"'95 %' is text, no number; write 0\.95\."),
        (GOOD.replace("at_least: 0.95", "at_least: 1e-3"), r"'1e-3' is text, no number; write 0\.001\."),
        (GOOD.replace("metric: ended, at_least: 0.95", "metric: loss, at_least: -1"), "greater than or equal to 0"),
        (GOOD.replace("margin: 0.02", "margin: 2"), r"line 10, conditions\.3\.margin: .*; 0\.02 is 2 points"),
        (GOOD.replace("margin: 0.02", "margin: 1"), r"line 10, conditions\.3\.margin: .*; 0\.01 is 1 point\."),
        (GOOD.replace("margin: 0.02", "margin: 2e-2"), r"line 10, conditions\.3\.margin: .*write 0\.02\."),
        (GOOD.replace(": 100", ": 1e3"), r"line 1, minimum_examples: '1e3' is text, no number; write 1000\."),
        (GOOD.replace(": 100", ": yes"), "line 1, minimum_examples: .*valid integer"),
        (GOOD.replace("metric: ended", "metric: endet"), r"line 6, .*did you mean 'ended'\?\); known are loss,"),
        (GOOD.replace("    margin: 0.02\n", ""), r"line 7, conditions\.3: not_worse_than and margin go together"),
        (GOOD.replace("margin: 0.02", "margin: -1"), r"line 10, conditions\.3\.margin: .*greater than or equal to 0"),
        (GOOD.replace("better_than: Base", "better_than: Mine"), "line 3, .*1: a model cannot be compared with itself"),
        (GOOD.replace("    better_than: Base\n", ""), "line 3, conditions.1: give exactly one of at_least, at_most"),
        (GOOD.replace("better_than: Base", "better_than: Base\n    at_least: 1"), "give exactly one of .*, not 2"),
        (GOOD.replace("metric: rougeL\n    better_than", "metric: mean_length\n    better_than"), "neither better"),
        (GOOD.replace("better_than: Base", "better_than: Base\n    by: interval"), "by goes with at_least and at_most"),
        (GOOD + "minimum_examples: 50\n", "line 11: minimum_examples is given twice"),
        (GOOD.replace("better_than: Base", "better_than: Base\n    model: B"), "line 6: model is given twice"),
        ("a: !!python/object:os.system x", "gate.yaml, line 1"),
        ("a: &a [*a]", "line 1, a: there is no such field"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_line_and_field(text, told):
    with pytest.raises(InputError) as refused:
        read_thresholds(text, "gate.yaml")
    assert re.search(told, refused.value.message)
    assert "docs/configs/gate.yaml" in refused.value.remedy


def test_what_is_no_share_may_lie_above_one():
    text = "conditions:\n- {model: A, metric: perplexity, at_most: 12}\n"
    text += "- {model: A, metric: loss, not_worse_than: B, margin: 1.5}\n- {model: A, metric: ended, at_least: 1}\n"
    first, second, third = read_thresholds(text, "gate.yaml").thresholds.conditions
    assert (first.at_most, second.margin, third.at_least) == (12, 1.5, 1)


def test_aliases_within_aliases_do_not_take_forever():
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    with pytest.raises(InputError, match="line 1, a0: there is no such field"):
        read_thresholds("\n".join(lines), "gate.yaml")
