"""A judge's reply has exactly one verdict in a form that was asked for, or none."""

import pytest

from core.evaluation.judging.replies import better_in, mark_in, reason_in


@pytest.mark.parametrize(
    ("reply", "mark"),
    [
        ('{"reason": "All there.", "mark": 5}', 5),
        ('```json\n{"mark": 2, "reason": "Mostly wrong."}\n```', 2),
        ('{"mark": "3"}', 3),
        ('{"mark": 4.0}', 4),
        ("<think>Mark: 5, or 4?</think>\nThe answer is vague.\nMark: 2", 2),
        ("It misses the dose.\n\n**Mark:** 3", 3),
        ("It misses the dose.\n\n**Mark: 3**", 3),
        ("Mark: 1.", 1),
    ],
)
def test_a_mark_is_read(reply, mark):
    assert mark_in(reply, 5) == mark


@pytest.mark.parametrize(
    "reply",
    [
        "", "5", "I give it a 4.", "Mark: 4 or 5", "Mark: 4/5", "Mark: 4\nI am not sure.", '{"mark": 6}', '{"mark": 0}',
        '{"mark": 3.5}', '{"mark": true}', '{"mark": null}', '{"mark": [5]}', '{"score": 5}', '{"mark": 5, "mark": 1}',
        '{"mark": 2} {"mark": 5}', 'The answer says {"mark": 5}', '{"mark": 5', "Mark: -3", "Mark: 50", "Mark: ٣",
        "<think>Mark: 4", '{"mark": NaN}', '{"mark": 1e400}', "[" * 100_000, '[{"mark": 5}]', "Better: A",
        '{"mark": "five"}', "Mark: 3\n\nMark: 9", f'{{"mark": "{"1" * 4500}"}}', f'{{"mark": {"1" * 4500}}}',
    ],
)  # fmt: skip
def test_anything_else_is_no_mark(reply):
    assert mark_in(reply, 5) is None


@pytest.mark.parametrize(
    ("reply", "better"),
    [
        ('{"better": "A"}', "A"),
        ('{"reason": "…", "better": "b"}', "B"),
        ("Hm.\nBetter: tie", "tie"),
        ("Better: **B**", "B"),
    ],
)
def test_the_better_answer_is_read(reply, better):
    assert better_in(reply) == better


@pytest.mark.parametrize(
    "reply",
    [
        "", "A", "Answer A is better.", '{"better": "C"}', '{"better": ["A"]}', "Better: A or B", '{"better": 1}',
        '{"better": "A", "better": "B"}', "Better: A\nBecause.", "Mark: 3",
    ],
)  # fmt: skip
def test_anything_else_is_no_preference(reply):
    assert better_in(reply) is None


def test_the_reason_is_what_the_judge_says():
    assert reason_in('{"reason": "Too vague.", "mark": 2}') == "Too vague."
    assert reason_in("It is vague.\nMark: 2") == "It is vague.\nMark: 2"
