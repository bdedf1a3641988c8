"""The process of a RequestPreparer: loads a model's tokenizer and chat template, and forks for each request.

See `ForkServer` for the protocol. It ends with the model server: its standard input then closes.
"""

import json
import os
import resource
import signal
import socket
import sys
import threading
from dataclasses import asdict

from core.errors import InputError, TunewrightError
from core.models.references import ModelLocation
from core.processes.ending import end
from core.serving.fork_server import READY

MEMORY_BYTES = 2 << 30


class _LocalRenderer:
    """Renders templates in this process: it is already a fork for one request, with a deadline."""

    def ask(self, request: dict, seconds: float, doing: str) -> dict:
        from core.inference.prompts.render_template import render

        return render(request)

    def close(self) -> None:
        """Nothing to end."""


def main(location: ModelLocation, seconds: float) -> None:
    """Load, report ready, and prepare requests until the model server ends."""
    control = socket.socket(fileno=os.dup(0))
    prompter = _prompter(location)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # forks need no waiting for
    control.send(READY)
    while True:
        message, connections, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            signal.setitimer(signal.ITIMER_REAL, seconds)  # kills this fork, also inside native code
            _serve(prompter, socket.socket(fileno=connections[0]))
            os._exit(0)
        os.close(connections[0])


def _prompter(location: ModelLocation):
    """The model's prompter, with everything imported that requests need."""
    import transformers.utils.chat_template_utils  # noqa: F401 - before the first deadline

    if location.kind == "gguf":
        from core.gguf.llama_vocabulary import LlamaVocabulary
        from core.inference.prompts.llama_prompter import LlamaPrompter

        prompter = LlamaPrompter(LlamaVocabulary(location.path), location.label, 0, _LocalRenderer())
    else:
        from core.inference.prompts.transformers_prompter import TransformersPrompter
        from core.models.loading import load_tokenizer

        prompter = TransformersPrompter(load_tokenizer(location), location.label, 0, _LocalRenderer())
    prompter.longest_token_bytes  # noqa: B018 - cached here, before the forks
    return prompter


def _serve(prompter, connection: socket.socket) -> None:
    """Answer the one question that arrives over `connection`."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    with connection.makefile("rb") as file:
        question = json.loads(file.readline())
    threading.Thread(target=_exit_on_hangup, args=(connection,), daemon=True).start()
    connection.sendall(json.dumps(_answer(prompter, question)).encode() + b"\n")


def _exit_on_hangup(connection: socket.socket) -> None:
    connection.recv(1)
    os._exit(1)


def _answer(prompter, question: dict) -> dict:
    try:
        return {"value": _CALLS[question["call"]](prompter, **question["arguments"])}
    except TunewrightError as error:
        return _as_json(error)
    except (MemoryError, RecursionError) as error:
        problem = f"Preparing this request takes too much memory or recursion ({type(error).__name__})."
        return _as_json(InputError(problem, "Send a shorter text or a simpler schema."))


def _as_json(error: TunewrightError) -> dict:
    return {"error": {"type": type(error).__name__, "message": error.message, "remedy": error.remedy}}


def _prepared(prompter, context_length: int, response_format: dict | None, **asked) -> dict:
    from core.inference.settings import ResponseFormat

    prompter.context_length = context_length
    form = ResponseFormat.model_validate(response_format) if response_format else None
    prepared = prompter.prepared(response_format=form, **asked)
    if prepared.grammar:
        prompter.try_grammar(prepared.grammar)
    return asdict(prepared)


def _turn_end(prompter) -> str:
    return prompter.template.turns.mark.strip()


_CALLS = {"prepared": _prepared, "turn_end": _turn_end}

if __name__ == "__main__":
    main(ModelLocation(**json.loads(sys.argv[1])), float(sys.argv[2]))
    end()
