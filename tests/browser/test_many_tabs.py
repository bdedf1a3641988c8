"""Twenty tabs opened at once: each is served its first page within ten seconds."""

import pytest

from tests.benchmarks.many_tabs import TABS, files_of_a_tab, served_seconds
from tests.studio import running_studio
from tests.waiting import soon_enough

pytestmark = [pytest.mark.browser, pytest.mark.long]

MOST_SECONDS = 10


def test_twenty_tabs_opened_at_once_have_their_first_page_in_time(studio, chromium, tmp_path):
    # Without a browser for each: twenty of them take half a minute of two cores for Streamlit's scripts alone.
    files = files_of_a_tab(chromium, studio)
    assert len(files) > 20
    with running_studio(tmp_path / "just_started") as started:
        seconds = served_seconds(started, files)
    assert len(seconds) == TABS
    assert soon_enough(max(seconds), MOST_SECONDS), sorted(seconds)
