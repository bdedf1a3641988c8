"""Datasets on the hub: the real loading code against a local server, and quick errors where there is no hub."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from core.data.sources.hub import open_hub
from core.errors import InputError
from core.models.folders import model_folder
from core.models.references import locate
from tests.core.data.conftest import good_rows
from tests.core.hub_server import hub_at, running_hub

ROOT = Path(__file__).parents[4]
PREPARE = """
import json, sys
from pathlib import Path
from core.data.sources.hub import write_head
from core.data.preparing.prepare import prepare
from core.errors import TunewrightError
from core.specs import PrepareSpec
for values in json.loads(sys.argv[1]):
    try:
        if "head" in values:
            write_head(values["dataset_name"], 5, Path(values["head"]))
            print("{}")
        else:
            print(json.dumps(prepare(PrepareSpec(source="hub", **values)).stored()))
    except TunewrightError as error:
        print(json.dumps({"error": type(error).__name__, "message": error.message, "remedy": error.remedy}))
"""


@pytest.fixture(scope="module")
def hub():
    rows = [{"question": row["instruction"], "answer": row["output"]} for row in good_rows(30)]
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    with running_hub(datasets={"acme/sums": {"train.jsonl": lines}}) as hub:
        yield hub


def prepare_in_child(tmp_path, hub_environment: dict, **asked: dict) -> tuple[dict[str, dict], str]:
    """The results by name and the printed errors. In a new process, as the hub's address is read at import."""
    environment = {**os.environ, **hub_environment, "HF_HOME": str(tmp_path / "hf"), "PYTHONPATH": str(ROOT)}
    specs = [{"name": name, "output_dir": str(tmp_path / "out"), **values} for name, values in asked.items()]
    done = subprocess.run(
        [sys.executable, "-c", PREPARE, json.dumps(specs)],
        env=environment, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return dict(zip(asked, results, strict=True)), done.stderr


def test_datasets_on_the_hub(tmp_path, hub):
    results, _ = prepare_in_child(
        tmp_path, hub.environment,
        whole={"dataset_name": "acme/sums"},
        part={"dataset_name": "acme/sums", "num_samples": 10},
        none={"dataset_name": "acme/none"},
        french={"dataset_name": "acme/sums:french"},
        look={"dataset_name": "acme/sums", "head": "head.jsonl"},
    )  # fmt: skip
    whole, part, french = results["whole"], results["part"], results["french"]
    assert whole["splits"] == {"train": 24, "validation": 3, "test": 3}
    assert whole["report"]["source"]["dataset"] == "acme/sums"
    assert whole["report"]["source"]["columns"] == {"instruction": "question", "output": "answer"}
    assert sum(part["splits"].values()) == part["report"]["counts"]["read"] == 10
    looked_at = [json.loads(line) for line in (tmp_path / "head.jsonl").read_text().splitlines()]
    assert [row["answer"] for row in looked_at] == [row["output"] for row in good_rows(5)]
    assert results["none"]["error"] == "NotFoundError"
    assert french["error"] == "InputError" and "default" in french["message"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["part_dataset", "whole_dataset"]


def test_without_a_network_it_fails_at_once_and_does_not_retry(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = hub_at(unused.getsockname()[1])
        results, printed = prepare_in_child(tmp_path, nowhere, sums={"dataset_name": "acme/sums"})
    assert results["sums"]["error"] == "UnavailableError"
    assert "upload a file of the dataset that you downloaded elsewhere" in results["sums"]["remedy"]
    assert "retry" not in printed.lower()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["../etc/passwd", "a/b/c", "", "a/../b", "owner/name:../x", "https://x.org/a", "a b"])
def test_an_invalid_id_is_refused_before_any_request(name):
    with pytest.raises(InputError, match="not a dataset id"):
        open_hub(name, None)


def test_a_hub_address_with_credentials_is_refused_without_repeating_them(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://me:canary@127.0.0.1:1")
    for ask in (lambda: open_hub("acme/sums", None), lambda: model_folder(locate("acme/model"))):
        with pytest.raises(InputError, match="HF_ENDPOINT") as refused:
            ask()
        assert "canary" not in refused.value.message + refused.value.remedy


def test_a_local_folder_is_never_mistaken_for_a_hub_dataset(tmp_path, monkeypatch):
    (tmp_path / "acme" / "sums").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="file or folder here"):
        open_hub("acme/sums", None)
