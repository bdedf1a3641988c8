"""Renders chat messages by the model's own chat template, trusting neither.

The template is a program by a stranger: it runs sandboxed in its own process, which is killed if it takes too long. A
message is text by a stranger: a control token in it (`<|end|>`) stays plain text.
"""

import re
import sys
from functools import cached_property
from pathlib import Path
from typing import Protocol

from core.errors import InputError
from core.examples.turns import Turns
from core.processes.line_child import LineChild, LineChildError

START_SECONDS = 60
RENDER_SECONDS = 5
_OPEN, _CLOSE = "\ue000", "\ue001"
"""Private-use characters put around a control token in a message; stripped from messages beforehand."""


class Renderer(Protocol):
    """Answers the requests of `render_template.render`. `ask` raises LineChildError after `seconds`."""

    def ask(self, request: dict, seconds: float, doing: str) -> dict: ...
    def close(self) -> None: ...


class ChatTemplate:
    """One model's chat template. `control_texts` are its special tokens, `variables` those that templates name.

    Renders in a child process unless another `renderer` is given.
    """

    def __init__(
        self, template: str, control_texts: list[str], variables: dict[str, str], renderer: Renderer | None = None
    ):
        self._template = template
        self._variables = variables
        self._control_texts = control_texts
        longest_first = sorted(filter(None, control_texts), key=len, reverse=True)
        self._controls = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        script = Path(__file__).with_name("render_template.py")
        self._renderer = renderer or LineChild([sys.executable, "-I", str(script)], START_SECONDS)

    @cached_property
    def turns(self) -> Turns:
        """How the template writes turns, as training sees them."""

        def render(messages: list[dict], tools: list[dict], answering: bool) -> str:
            return "".join(piece for piece, _ in self.render(messages, tools, answering))

        return Turns(self._template, render, self._control_texts, self._variables.get("eos_token"))

    def fitted(self, messages: list[dict], tools: list[dict]) -> tuple[list[dict], list[dict]]:
        """Messages and tools adapted to what the template can render: see `fit_to_template`."""
        return self.turns.fitted(messages, tools)

    def render(
        self, messages: list[dict], tools: list[dict] | None = None, answering: bool = True
    ) -> list[tuple[str, bool]]:
        """The prompt for the assistant's next turn (only the conversation if not `answering`), in pieces.

        Each piece is a text and whether special tokens in it are real: False for a message's imitation of one. Raises
        InputError when the template fails or takes too long.
        """
        variables = {**self._variables, "tools": self._marked(tools)} if tools else self._variables
        request = {
            "template": self._template,
            "messages": self._marked(messages),
            "variables": variables,
            "answering": answering,
        }
        try:
            answer = self._renderer.ask(request, RENDER_SECONDS, "rendering the chat template")
        except LineChildError as error:
            raise InputError(
                f"The process that rendered the model's chat template {error.message}.",
                "Use a model with an ordinary chat template.",
            ) from None
        if "error" in answer:
            raise InputError(
                f"The model's chat template cannot render these messages: {answer['error']}.",
                "Leave out the system prompt, alternate user and assistant messages, or use another model.",
            )
        pieces = re.split(f"{_OPEN}({self._controls.pattern}){_CLOSE}|[{_OPEN}{_CLOSE}]", answer["text"])
        return [(piece, index % 2 == 0) for index, piece in enumerate(pieces) if piece]

    def close(self) -> None:
        """End the rendering process; the next `render` starts another."""
        self._renderer.close()

    def _marked(self, value):
        """Messages or tools with marks around every control token in their texts."""
        if isinstance(value, str):
            value = re.sub(f"[{_OPEN}{_CLOSE}]", "", value)
            return self._controls.sub(rf"{_OPEN}\g<0>{_CLOSE}", value)
        if isinstance(value, list):
            return [self._marked(part) for part in value]
        if isinstance(value, dict):
            return {self._marked(name): part if name == "role" else self._marked(part) for name, part in value.items()}
        return value
