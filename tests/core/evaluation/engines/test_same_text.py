"""Transformers and llama.cpp are asked and scored on the same text, whatever the chat template, tool calls included."""

import json
from contextlib import closing

import pytest

from core.evaluation.engines.gguf_scorer import GgufScorer
from core.examples.encoding import encode_examples
from core.inference.prompts.chat_template import ChatTemplate
from core.models.loading import load_tokenizer
from core.models.references import locate
from tests.core.models import templates

WITH_TOOLS = (
    "{% if tools %}<tools>{{ tools | tojson }}</tools>{% endif %}{% for m in messages %}<|{{ m.role }}|>{{ m.content }}"
    "{% for call in m.tool_calls %}<tool_call>{{ call.function | tojson }}</tool_call>{% endfor %}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
TEMPLATES = [
    None,
    WITH_TOOLS,
    *(value for name, value in vars(templates).items() if name.isupper() and name != "MARKS"),
]
PARAMETERS = {"type": "object", "properties": {"at": {"type": "string"}}}
TOOL = {"type": "function", "function": {"name": "look", "description": "Größe <b>", "parameters": PARAMETERS}}
CALL = {"type": "function", "function": {"name": "look", "arguments": {"at": "sky", "wie": "groß"}}}


def said(content: str, **more) -> dict:
    return {"role": "assistant", "content": content, **more}


USER, SYSTEM = {"role": "user", "content": "Look!"}, {"role": "system", "content": "Be brief."}
CHATS = {
    "a call": [USER, said("", tool_calls=[CALL])],
    "a call after a system prompt": [SYSTEM, USER, said("", tool_calls=[CALL])],
    "words and a call": [USER, said("I will look.", tool_calls=[CALL])],
    "two calls": [USER, said("", tool_calls=[CALL, CALL])],
    "an answer after a call": [USER, said("", tool_calls=[CALL]), {"role": "tool", "content": "clear"}, said("Clear.")],
    "a call after a greeting": [said("Hello."), USER, said("", tool_calls=[CALL])],
    "reasoning before an answer": [USER, said("Clear.", reasoning_content="It is day.")],
    "an end mark in the text": [{"role": "user", "content": "What is <|end|>?"}, said("A mark, <|end|>.")],
    "spaces around the answer": [USER, said("  Clear.\n")],
}


@pytest.fixture(scope="module")
def gguf(starter_gguf):
    with closing(GgufScorer(locate(str(starter_gguf("f16"))))) as scorer:
        yield scorer


@pytest.fixture(params=TEMPLATES, ids=lambda template: template and template[:24])
def engines(request, gguf):
    """The tokenizer and the scorer of one model with one chat template."""
    tokenizer, engine = load_tokenizer(locate("starter")), gguf._engine
    tokenizer.chat_template = request.param or tokenizer.chat_template
    own, variables = engine.template, engine.model.special_tokens()
    engine.template = ChatTemplate(tokenizer.chat_template, engine.model.control_texts(), variables)
    yield tokenizer, gguf
    engine.template.close()
    engine.template = own


def test_prompt_and_answer_are_the_same_text(engines):
    tokenizer, gguf = engines
    for name, messages in CHATS.items():
        example = {"messages": json.dumps(messages), "tools": json.dumps([TOOL] if "call" in name else [])}
        [expected] = encode_examples(tokenizer, [example])
        [(prompt, answer)] = gguf.encode([example])
        assert tokenizer.decode(prompt) == tokenizer.decode(expected.prompt), name
        assert tokenizer.decode(answer) == tokenizer.decode(expected.answer), name
