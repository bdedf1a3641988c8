"""The starter model as Transformers sees it: read once for all tests of a session."""

import pytest

from core.export.probing.run import source_outputs
from core.export.sample import take_sample
from core.models.catalogue import STARTER_FOLDER
from core.reporting import Reporter


@pytest.fixture(scope="session")
def sample():
    return take_sample(None)


@pytest.fixture(scope="session")
def source(sample):
    return source_outputs(STARTER_FOLDER, sample, Reporter())
