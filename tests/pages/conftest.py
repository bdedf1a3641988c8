"""Pages are drawn in this process, each test in its own workspace."""

import pytest

from app.plumbing.studio import store
from storage.settings import settings


@pytest.fixture(autouse=True)
def _fresh_studio(workspace):
    settings.cache_clear()
    store.cache_clear()
    yield
    store().close()
    store.cache_clear()
    settings.cache_clear()
