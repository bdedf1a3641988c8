"""The child process that reads one model: `python -m core.export.probing.child REQUEST`, a JSON file.

The request says what to read and where to write what was found.
"""

import json
import sys
from pathlib import Path

from core.export.probing import gguf, source
from core.processes.ending import end


def main(request_path: str) -> None:
    """Answer one request: read a `source` folder or a `gguf`, or measure the `speed` of a GGUF."""
    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    probe = {"source": source.read_source, "gguf": gguf.read_gguf, "speed": gguf.measure}[request["kind"]]
    Path(request["answer"]).write_text(json.dumps(probe(request)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
    end()
