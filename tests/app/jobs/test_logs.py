"""The log as shown on a page."""

from app.jobs.logs import readable_lines

LOG = """\
ut off
2026-11-30 04:16:21Z train-1 INFO workers.job: attempt 1 begins, process 17774
2026-11-30 04:16:32Z train-1 WARNING py.warnings: /a/modeling_utils.py:3303: FutureWarning: it is deprecated
2026-11-30 04:16:32Z train-1   warnings.warn(
2026-11-30 04:16:33Z train-1 ERROR transformers.trainer: it broke
2026-11-30 04:16:33Z train-1 and how
2026-11-30 04:16:34Z train-1 INFO httpx: GET
2026-11-30 04:16:35Z train-1 Traceback (most recent call last):
2026-11-30 04:16:35Z train-1   File "x.py"
2026-11-30 04:16:36Z train-1 INFO workers.reporter: checkpoint-20 published
"""


def test_library_output_is_hidden_and_errors_are_not():
    assert readable_lines(LOG).splitlines() == [
        "ut off",
        "2026-11-30 04:16:21Z attempt 1 begins, process 17774",
        "2026-11-30 04:16:33Z ERROR: it broke",
        "2026-11-30 04:16:33Z and how",
        "2026-11-30 04:16:35Z Traceback (most recent call last):",
        '2026-11-30 04:16:35Z   File "x.py"',
        "2026-11-30 04:16:36Z checkpoint-20 published",
    ]
    assert readable_lines("") == ""
