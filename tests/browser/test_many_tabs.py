"""Twenty tabs opened at once: each draws its first page within ten seconds."""

import pytest

from tests.benchmarks.many_tabs import TABS, session_seconds, tab_seconds
from tests.studio import running_studio

pytestmark = [pytest.mark.browser, pytest.mark.long]

MOST_SECONDS = 10


@pytest.fixture(scope="module")
def just_started(tmp_path_factory):
    """A studio that nobody has looked at yet."""
    with running_studio(tmp_path_factory.mktemp("tabs") / "workspace") as studio:
        yield studio


def test_twenty_tabs_at_once_draw_their_first_page_in_time(just_started, chromium):
    assert len(seconds := tab_seconds(chromium, just_started)) == TABS
    assert max(seconds) <= MOST_SECONDS, sorted(seconds)


def test_the_server_draws_twenty_first_pages_in_time(just_started):
    assert max(seconds := session_seconds(just_started)) <= MOST_SECONDS, sorted(seconds)
