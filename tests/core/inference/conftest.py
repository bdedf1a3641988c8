"""One engine of each kind over the starter model, shared by the tests of a session."""

import pytest

from core.inference.engine import open_engine
from core.models.references import locate


@pytest.fixture(scope="session")
def llama_engine(starter_gguf):
    engine = open_engine(locate(str(starter_gguf("q4_k_m"))), threads=1)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def transformers_engine():
    engine = open_engine(locate("starter"), threads=1)
    yield engine
    engine.close()
