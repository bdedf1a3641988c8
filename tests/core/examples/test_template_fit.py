"""Conversations and templates that support less: no word is lost, and whatever is supported stays."""

import json

import pytest

from core.errors import InputError
from core.examples.prompting import chat_template, render_prompt
from core.examples.template_fit import fit_to_template
from core.models.loading import load_tokenizer
from core.models.references import locate

TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
CALL = {"type": "function", "function": {"name": "weather", "arguments": {"town": "Rome"}}}
CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "How is the sky in Rome?"},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "content": '{"sky": "clear"}', "name": "weather"},
    {"role": "assistant", "content": "Clear."},
    {"role": "user", "content": "Thanks."},
]
KNOWS_ALL = (
    "{% if tools %}Tools: {{ tools | tojson }}\n{% endif %}"
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}"
    "{% for c in m.tool_calls or [] %}CALL {{ c.function.name }} {{ c.function.arguments.town }}{% endfor %}"
    "{{ eos_token }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
TAKES_TURNS = (
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}[{{ m.role }}]{{ m.content }}{{ eos_token }}{% endfor %}"
)
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + KNOWS_ALL
SILENT = "{% for m in messages %}{% if m.role != 'system' %}<|{{ m.role }}|>{{ m.content }}{% endif %}{% endfor %}"


@pytest.fixture
def tokenizer(tiny_model):
    return load_tokenizer(locate(str(tiny_model)))


def prompt_by(tokenizer, template: str | None, messages: list[dict], tools: list[dict]) -> str:
    if template:
        tokenizer.chat_template = template

    def render(*form):
        return render_prompt(tokenizer, *form)

    return render(*fit_to_template(messages, tools, chat_template(tokenizer), render))


def test_what_a_template_supports_stays_unchanged(tokenizer):
    prompt = prompt_by(tokenizer, KNOWS_ALL, CHAT, TOOLS)
    assert prompt.startswith(f"Tools: {json.dumps(TOOLS)}") and "CALL weather Rome" in prompt
    assert "<|system|>Be brief." in prompt and '<|tool|>{"sky": "clear"}' in prompt


@pytest.mark.parametrize("template", [None, TAKES_TURNS, SILENT, "", NO_SYSTEM.replace("tools", "x")])
def test_every_word_reaches_a_template_that_supports_less(tokenizer, template):
    if template == "":
        tokenizer.chat_template = None
    prompt = prompt_by(tokenizer, template, CHAT, TOOLS)
    places = [prompt.index(words) for words in ("Be brief.", "weather", "How is", "Rome", "clear", "Clear.", "Thanks.")]
    assert places == sorted(places)


def test_a_refused_system_prompt_joins_the_first_question(tokenizer):
    prompt = prompt_by(tokenizer, NO_SYSTEM, CHAT[:2], [])
    assert prompt == "<|user|>Be brief.\n\nHow is the sky in Rome?<|end|><|assistant|>"


def test_consecutive_questions_are_joined_only_if_necessary(tokenizer):
    twice = [{"role": "user", "content": "Hello."}, {"role": "user", "content": "Who?"}]
    assert prompt_by(tokenizer, TAKES_TURNS, twice, []) == "[user]Hello.\nWho?<|end|>"
    assert prompt_by(tokenizer, KNOWS_ALL, twice, []).count("<|user|>") == 2


def test_an_empty_question_precedes_an_opening_answer_only_if_necessary(tokenizer):
    prompt = prompt_by(tokenizer, TAKES_TURNS, CHAT[4:], [])
    assert prompt == "[user]<|end|>[assistant]Clear.<|end|>[user]Thanks.<|end|>"
    assert prompt_by(tokenizer, KNOWS_ALL, CHAT[4:], []).startswith("<|assistant|>Clear.")


def test_if_nothing_helps_the_templates_own_error_is_shown(tokenizer):
    with pytest.raises(InputError, match="only the word please"):
        prompt_by(tokenizer, "{{ raise_exception('only the word please is taken') }}", CHAT, [])
