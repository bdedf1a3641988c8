"""Chat messages as the text a model was trained on, by the model's own template, without trusting either.

A template is a program from a stranger: it runs sandboxed in a process of its own, and is killed when it takes too
long. A message is text from a stranger: what looks like a turn's end in it (`<|end|>`) stays plain text.
"""

import json
import os
import re
import selectors
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock

from core.errors import InputError, UnavailableError

START_SECONDS = 60
RENDER_SECONDS = 5
_OPEN, _CLOSE = "\ue000", "\ue001"
"""Private-use characters around a control token that a message holds; removed from messages beforehand."""


class ChatTemplate:
    """One model's chat template. `control_texts` are its special tokens, `variables` those that templates name."""

    def __init__(self, template: str, control_texts: list[str], variables: dict[str, str]):
        self._template = template
        self._variables = variables
        longest_first = sorted(filter(None, control_texts), key=len, reverse=True)
        self._controls = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        self._renderer: subprocess.Popen | None = None
        self._lock = Lock()

    def render(self, messages: list[dict]) -> list[tuple[str, bool]]:
        """The prompt for the assistant's next turn as pieces of text; True where special tokens in it are the
        template's own, False where a message only looks like one. Raises InputError when it fails or takes too long.
        """
        request = {"template": self._template, "messages": self._marked(messages), "variables": self._variables}
        with self._lock:
            answer = self._ask(request)
        if "error" in answer:
            raise InputError(
                f"The model's chat template cannot render these messages: {answer['error']}.",
                "Leave out the system prompt, let user and assistant take turns, or use another model.",
            )
        pieces = re.split(f"{_OPEN}({self._controls.pattern}){_CLOSE}|[{_OPEN}{_CLOSE}]", answer["text"])
        return [(piece, index % 2 == 0) for index, piece in enumerate(pieces) if piece]

    def close(self) -> None:
        """End the rendering process; the next `render` starts another."""
        if self._renderer:
            self._renderer.kill()
            self._renderer.wait()
            self._renderer.stdin.close()
            self._renderer.stdout.close()
            self._renderer = None

    def _marked(self, messages: list[dict]) -> list[dict]:
        marked = []
        for message in messages:
            content = re.sub(f"[{_OPEN}{_CLOSE}]", "", message["content"])
            marked.append({**message, "content": self._controls.sub(rf"{_OPEN}\g<0>{_CLOSE}", content)})
        return marked

    def _ask(self, request: dict) -> dict:
        try:
            if self._renderer is None or self._renderer.poll() is not None:
                self._start()
            self._renderer.stdin.write(json.dumps(request).encode() + b"\n")
            self._renderer.stdin.flush()
            return self._answer(RENDER_SECONDS, "rendering the chat template")
        except BrokenPipeError:
            self.close()
            raise _too_much("ended the process that rendered it") from None

    def _start(self) -> None:
        self.close()
        script = Path(__file__).with_name("render_template.py")
        self._renderer = subprocess.Popen(
            [sys.executable, "-I", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        if not self._answer(START_SECONDS, "starting").get("ready"):
            raise UnavailableError("The process that renders chat templates did not start.", "Run the set-up again.")

    def _answer(self, seconds: float, doing: str) -> dict:
        """The next line of the renderer; it is killed when none comes in `seconds`."""
        deadline = time.monotonic() + seconds
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._renderer.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    self.close()
                    raise _too_much(f"was stopped after {seconds:g} s of {doing}")
                piece = os.read(self._renderer.stdout.fileno(), 1 << 16)
                if not piece:
                    self.close()
                    raise _too_much("ended the process that rendered it")
                line += piece
        return json.loads(line)


def _too_much(what: str) -> InputError:
    return InputError(f"The model's chat template {what}.", "Use a model with an ordinary chat template.")
