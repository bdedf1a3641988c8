"""Hub models: only safetensors and JSON are downloaded; unsafe ones are refused. The hub is a small local server."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.core.hub_server import running_hub

ROOT = Path(__file__).parents[3]
FETCH = """
import json, sys
from core.errors import TunewrightError
from core.models.loading import model_folder
from core.models.references import locate
for reference in sys.argv[1:]:
    try:
        folder = model_folder(locate(reference))
        print(json.dumps(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())))
    except TunewrightError as error:
        print(json.dumps([type(error).__name__, error.message, error.remedy]))
"""
FILES = {
    "config.json": b'{"model_type": "llama"}',
    "model.safetensors": b"weights",
    "tokenizer.model": b"pieces",
    "pytorch_model.bin": b"a pickle",
    "modeling_evil.py": b"print('run')",
    "original/consolidated.safetensors": b"the weights again",
}
MODELS = {
    "acme/good": FILES,
    "acme/pickled": {name: FILES[name] for name in ("config.json", "pytorch_model.bin")},
    "acme/evil": FILES | {"config.json": b'{"auto_map": {"AutoModelForCausalLM": "modeling_evil.Evil"}}'},
}


def test_only_safe_files_are_downloaded_and_others_refused(tmp_path):
    references = ["acme/good", "acme/pickled", "acme/evil", "acme/gated", "acme/missing"]
    with running_hub(MODELS) as hub:
        environment = {**os.environ, **hub.environment, "HF_HOME": str(tmp_path / "hf"), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", FETCH, *references], env=environment, cwd=tmp_path, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stderr
    good, pickled, evil, gated, missing = (json.loads(line) for line in done.stdout.splitlines())
    assert good == ["config.json", "model.safetensors", "tokenizer.model"]
    assert pickled[0] == "InputError" and "acme/pickled has no safetensors weights" in pickled[1]
    assert evil[0] == "InputError" and "Python code" in evil[1]
    assert gated[0] == "InputError" and "HF_TOKEN" in gated[2]
    assert missing[0] == "NotFoundError" and "acme/missing" in missing[1]
    assert set(hub.asked) <= {"config.json", "model.safetensors", "tokenizer.model"}
