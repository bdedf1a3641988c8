"""The small process that renders chat templates: whatever a template does, it happens here and can be killed.

Reads one JSON object a line from standard input, writes one a line to standard output. Run by its path, with Python's
isolated mode, by core/inference/chat_template.py. Renders as Transformers does, in its sandbox.
"""

import json
import resource
import sys

MEMORY_BYTES = 2 << 30
LONGEST_TEXT = 4_000_000


def render(request: dict) -> dict:
    """`{"text": …}`, or `{"error": …}` when the template refuses the messages or fails."""
    from jinja2 import TemplateError
    from transformers.utils.chat_template_utils import render_jinja_template

    failures = (TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError, MemoryError)
    try:
        rendered, _ = render_jinja_template(
            conversations=[request["messages"]],
            chat_template=request["template"],
            add_generation_prompt=request["answering"],
            **request["variables"],
        )
    except (*failures, RecursionError) as error:
        return {"error": (str(error) or type(error).__name__)[:500]}
    if len(rendered[0]) > LONGEST_TEXT:
        return {"error": f"it makes a text of {len(rendered[0]):,} characters"}
    return {"text": rendered[0]}


def main() -> None:
    """Import first, then limit memory and answer requests until standard input ends."""
    import transformers.utils.chat_template_utils  # noqa: F401 - loaded before the limit and the first request

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(render(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
