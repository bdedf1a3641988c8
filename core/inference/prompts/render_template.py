"""The child process that renders chat templates, so that a hostile template can be killed.

Reads one JSON object per line from standard input and writes one per line to standard output. chat_template.py runs it
by path in Python's isolated mode. Renders in Transformers' sandbox, as `apply_chat_template` does.
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
        return {"error": f"its output has {len(rendered[0]):,} characters"}
    return {"text": rendered[0]}


def main() -> None:
    """Answer requests until standard input ends."""
    import transformers.utils.chat_template_utils  # noqa: F401 - before the memory limit and the first deadline

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(render(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
