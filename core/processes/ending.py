"""How a child process that has loaded PyTorch ends."""

import logging
import os
import sys
from typing import NoReturn


def end(status: int = 0) -> NoReturn:
    """Exit at once. Python would first take the libraries apart: two seconds of processor time after PyTorch and PEFT.

    Output and logs are flushed; whatever else matters must be on disk. No `atexit` handler runs, no thread is awaited.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
