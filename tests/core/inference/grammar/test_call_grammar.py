"""A forced tool call has the format of the chat template, which is also the format of training."""

import pytest

from core.errors import InputError
from core.inference.grammar.call_grammar import call_grammar
from core.inference.prompts.chat_template import ChatTemplate

TOOL = {"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {"a": True}}}}
OPENED = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% for c in m.tool_calls or [] %}"
CLOSED = "{% endfor %}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}{# tools #}"
HERMES = OPENED + "<tool_call>\n{{ c.function | tojson }}\n</tool_call>" + CLOSED
LLAMA = OPENED + '{"name": "{{ c.function.name }}", "parameters": {{ c.function.arguments | tojson }}}' + CLOSED
MISTRAL = OPENED + "[TOOL_CALLS]{{ c.function.name }}[ARGS]{{ c.function.arguments | tojson }}" + CLOSED
TAGS = OPENED + "<{{ c.function.name }}>{% for name in c.function.arguments %}{{ name }}{% endfor %}" + CLOSED


@pytest.fixture
def root_by():
    opened = []

    def root(template: str) -> str:
        controls = ["<|user|>", "<|assistant|>", "<|end|>", "[TOOL_CALLS]", "[ARGS]"]
        opened.append(ChatTemplate(template, controls, {"eos_token": "<|end|>"}))
        return call_grammar(opened[-1].turns, [TOOL], [TOOL]).partition("\n")[0]

    yield root
    for one in opened:
        one.close()


@pytest.mark.parametrize(
    ("template", "before", "between", "after"),
    [
        (HERMES, r'<tool_call>\n{\"name\": \"', r'\", \"arguments\": ', r"}\n</tool_call>"),
        (LLAMA, r'{\"name\": \"', r'\", \"parameters\": ', "}"),
        (MISTRAL, "[TOOL_CALLS]", "[ARGS]", ""),
        ("{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}<|assistant|>",
         r'[{\"name\": \"', r'\", \"arguments\": ', "}]"),
    ],
)  # fmt: skip
def test_a_call_has_the_format_of_the_template(root_by, template, before, between, after):
    assert root_by(template) == f'root ::= "{before}" ("now{between}" tool-0-1) "{after}"'


def test_a_template_without_json_arguments_is_refused(root_by):
    with pytest.raises(InputError, match="chat template"):
        root_by(TAGS)
