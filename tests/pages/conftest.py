"""Pages are drawn in this process, each test in its own workspace."""

from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from app.plumbing.studio import store
from storage.settings import settings


@pytest.fixture(scope="session", autouse=True)
def _components_found_once():
    """Streamlit's AppTest reads the metadata of every installed package anew for each page: half of a test's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def _fresh_studio(workspace):
    settings.cache_clear()
    store.cache_clear()
    yield
    store().close()
    store.cache_clear()
    settings.cache_clear()
