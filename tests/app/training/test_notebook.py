"""A run as a notebook: valid, complete, and dependent on `core` alone."""

import ast
import json

from app.training.notebook import notebook_of
from core.specs import TrainSpec


def code_of(notebook: str) -> list[str]:
    book = json.loads(notebook)
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    cells = book["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in cells:
        assert set(cell) == {"cell_type", "id", "metadata", "source"} | (
            {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        )
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def imported(code: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(code)))
    return {node.module.split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}


def test_a_runs_notebook_holds_its_settings_and_needs_only_core(tmp_path, monkeypatch):
    spec = TrainSpec(name="my run", output_dir="/x", dataset="/d/ill_dataset", lora_targets=("q_proj",), epochs=0.5)
    finding, settings, *rest = code_of(notebook_of(spec))
    assert set.union(*map(imported, [finding, settings, *rest])) == {"core", "pathlib"}
    monkeypatch.chdir(tmp_path)
    found = {}
    exec(compile(f"{finding}\n{settings}", "cells", "exec"), found)  # noqa: S102 - what a notebook does
    assert found["spec"].model_copy(update={"output_dir": "/x"}) == spec
    assert found["spec"].output_dir == str(tmp_path / "my-run-again")
