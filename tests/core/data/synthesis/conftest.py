"""A scripted endpoint, documents to write about, and specs of jobs that use both."""

import pytest

from core.specs import SynthesizeSpec
from tests.core.data.synthesis.scripted import Script, town


@pytest.fixture
def script():
    served = Script()
    yield served
    served.close()


@pytest.fixture
def towns(tmp_path):
    """A folder with two documents of four towns each."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, numbers in (("north.txt", range(4)), ("south.md", range(4, 8))):
        (folder / name).write_text("\n\n".join(map(town, numbers)), encoding="utf-8")
    return folder


@pytest.fixture
def spec(tmp_path, towns, script):
    """`spec(field=…)`: a job that asks the scripted server about the towns, one passage per town."""

    def make(**values) -> SynthesizeSpec:
        values = {
            "name": "towns", "output_dir": str(tmp_path / "out"), "documents": (str(towns),), "model": "scripted",
            "endpoint": script.address, "chunk_words": 60, "num_samples": 16, **values,
        }  # fmt: skip
        return SynthesizeSpec(**values)

    return make
