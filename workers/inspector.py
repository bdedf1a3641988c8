"""The warm child that inspects data for the pages; what it can be asked is in inspections.py.

The web process talks to it through pipes, one JSON object per line: `{"call": …, "arguments": {…}}` is answered by
`{"value": …}` or `{"error": …}`. There is no port, so nobody else can ask, and it ends with the web process. It is
killed when an answer takes too long, so no call changes anything on disk.
"""

import json
import logging
import os
import resource
import sys

from core.errors import TunewrightError
from workers.inspections import CALLS

MEMORY_BYTES = 3 << 30


def inspect() -> int:
    """Answer questions until standard input ends. Returns the exit status."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s inspector %(message)s")
    os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    # Private memory only: a table's files are mapped and may be larger than this limit.
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is not an answer
        _say(answers, {"ready": True})
        for line in sys.stdin:
            _say(answers, _answer(json.loads(line)))
    return 0


def _say(answers, answer: dict) -> None:
    answers.write(json.dumps(answer, default=str) + "\n")
    answers.flush()


def _answer(question: dict) -> dict:
    try:
        return {"value": CALLS[question["call"]](**question["arguments"])}
    except TunewrightError as error:
        return {"error": {"type": type(error).__name__, "message": error.message, "remedy": error.remedy}}
    except MemoryError:
        return {"error": {
            "type": "InputError",
            "message": f"This needs more than {MEMORY_BYTES >> 30} GiB of memory to preview.",
            "remedy": "Make a smaller file of it, or use `prepare` on the command line.",
        }}  # fmt: skip
