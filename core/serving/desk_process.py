"""The process behind a desk: holds a model's tokenizer and template, and forks for each request that it prepares.

Its standard input is the end of a socket pair, over which the model server hands it one end of another for each
request. It ends when the model server does. See `desk`.
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

READY = b"+"
MEMORY_BYTES = 2 << 30


class _Here:
    """Renders templates in this process, which is forked for one request and has a deadline."""

    def ask(self, request: dict, seconds: float, doing: str) -> dict:
        from core.inference.prompts.render_template import render

        return render(request)

    def close(self) -> None:
        """There is nothing to end."""


def main(location: ModelLocation, seconds: float) -> None:
    """Load, say so, and prepare requests until the model server is gone."""
    control = socket.socket(fileno=os.dup(0))
    prompter = _prompter(location)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a request's process
    control.send(READY)
    while True:
        asked, connections, _, _ = socket.recv_fds(control, 1, 1)
        if not asked:
            return
        if os.fork() == 0:
            control.close()
            signal.setitimer(signal.ITIMER_REAL, seconds)  # which ends this process, whatever it does
            _serve(prompter, socket.socket(fileno=connections[0]))
            os._exit(0)
        os.close(connections[0])


def _prompter(location: ModelLocation):
    """The model's prompter, with all that it needs imported."""
    import transformers.utils.chat_template_utils  # noqa: F401 - before the first request

    if location.kind == "gguf":
        from core.gguf.llama_vocabulary import LlamaVocabulary
        from core.inference.prompts.llama_prompter import LlamaPrompter

        prompter = LlamaPrompter(LlamaVocabulary(location.path), location.label, 0, _Here())
    else:
        from core.inference.prompts.transformers_prompter import TransformersPrompter
        from core.models.loading import load_tokenizer

        prompter = TransformersPrompter(load_tokenizer(location), location.label, 0, _Here())
    prompter.longest_token_bytes  # noqa: B018 - a look at all tokens, kept for every request
    return prompter


def _serve(prompter, connection: socket.socket) -> None:
    """Answer the one question that comes over `connection`."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    with connection.makefile("rb") as file:
        question = json.loads(file.readline())
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    connection.sendall(json.dumps(_answer(prompter, question)).encode() + b"\n")


def _end_with(connection: socket.socket) -> None:
    """End this process when the other side hangs up."""
    connection.recv(1)
    os._exit(1)


def _answer(prompter, question: dict) -> dict:
    try:
        return {"value": _CALLS[question["call"]](prompter, **question["arguments"])}
    except TunewrightError as error:
        return _told(error)
    except (MemoryError, RecursionError) as error:
        problem = f"Preparing this request takes too much memory or depth ({type(error).__name__})."
        return _told(InputError(problem, "Send a shorter text or a simpler schema."))


def _told(error: TunewrightError) -> dict:
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
