"""The quickstart notebook goes from a file to a GGUF with `core` alone."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def code() -> str:
    book = json.loads((ROOT / "docs" / "quickstart.ipynb").read_text())
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] for cell in cells), "outputs are made by who runs it"
    return "\n".join("".join(cell["source"]) for cell in cells)


def test_only_core_is_used(code):
    nodes = list(ast.walk(ast.parse(code)))
    modules = {node.module.split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    assert modules - set(sys.stdlib_module_names) == {"core"}


@pytest.mark.long
def test_it_goes_from_a_file_to_a_gguf_that_answers(code, tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert "validation loss" in ended.stdout
    assert (tmp_path / "quickstart/gguf/model-q8_0.gguf").stat().st_size > 1e6
    question, answer = ended.stdout.rpartition("step ")[2].split("\n\n")[-2:]
    assert question and answer.strip()
