"""An ordinary client is answered beside a hostile one, and the studio takes no more memory afterwards."""

import pytest

from tests.benchmarks.hostile_client import attacked
from tests.waiting import soon_enough


@pytest.mark.long
def test_an_ordinary_client_is_answered_beside_a_hostile_one():
    figures = attacked(30)
    assert figures["failed"] == 0, figures
    assert soon_enough(max(value for name, value in figures.items() if name.endswith("median_s")), 3), figures
    assert soon_enough(max(value for name, value in figures.items() if name.endswith("worst_s")), 10), figures
    assert figures["after_bytes"] <= 1.05 * figures["before_bytes"], figures
