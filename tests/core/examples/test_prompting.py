"""Prompts and answers as token ids, the same for training, scoring and every engine."""

import json

import pytest

from core.errors import InputError
from core.examples.encoding import encode_examples
from core.examples.example import messages_of
from core.examples.prompting import answer_ids, prompt_ids, render_prompt
from core.models.loading import load_tokenizer
from core.models.references import locate


@pytest.fixture
def tokenizer(tiny_model):
    return load_tokenizer(locate(str(tiny_model)))


def test_a_question_is_the_instruction_followed_by_the_input():
    example = {"instruction": "Sum up.", "input": "A long text.", "output": "Short."}
    assert messages_of(example) == [{"role": "user", "content": "Sum up.\nA long text."}]
    assert messages_of({"instruction": "Hello", "input": "", "system": "Be brief."}) == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
    ]


def test_the_models_own_template_frames_the_prompt(tokenizer):
    messages = messages_of({"instruction": "Who?"})
    assert render_prompt(tokenizer, messages) == "<s><|user|>Who?<|end|><|assistant|>"
    ids = prompt_ids(tokenizer, messages)
    assert ids[0] == tokenizer.bos_token_id and ids.count(tokenizer.bos_token_id) == 1
    assert tokenizer.decode(ids) == "<s><|user|>Who?<|end|><|assistant|>"


def test_an_answer_ends_with_the_end_token_and_joins_its_prompt(tokenizer):
    messages = messages_of({"instruction": "Who?"})
    answer = answer_ids(tokenizer, "The doctor.")
    assert answer[-1] == tokenizer.eos_token_id
    whole = tokenizer.encode("<s><|user|>Who?<|end|><|assistant|>The doctor.<|end|>", add_special_tokens=False)
    assert prompt_ids(tokenizer, messages) + answer == whole


def test_a_model_without_a_template_gets_the_plain_one(tokenizer):
    tokenizer.chat_template = None
    prompt = render_prompt(tokenizer, messages_of({"instruction": "Who?", "system": "Be brief."}))
    assert prompt == "<s>Be brief.\n\n### Instruction:\nWho?\n\n### Response:\n"


def test_a_template_that_refuses_the_messages_says_so(tokenizer):
    tokenizer.chat_template = "{{ raise_exception('no system prompt here') }}"
    with pytest.raises(InputError, match="no system prompt here"):
        render_prompt(tokenizer, messages_of({"instruction": "Who?"}))


def test_a_template_cannot_reach_python(tokenizer):
    tokenizer.chat_template = "{{ messages.__class__.__mro__[1].__subclasses__() }}"
    with pytest.raises(InputError, match="unsafe"):
        render_prompt(tokenizer, messages_of({"instruction": "Who?"}))


def test_a_tokenizer_without_an_end_token_is_refused(tokenizer):
    tokenizer.eos_token = tokenizer.chat_template = None
    with pytest.raises(InputError, match="end token"):
        answer_ids(tokenizer, "yes")


def _chat(*turns: str, **more) -> dict:
    """A stored chat in which user and assistant alternate."""
    roles = ("user", "assistant") * len(turns)
    messages = [{"role": role, "content": turn} for role, turn in zip(roles, turns, strict=False)]
    return {"messages": json.dumps(messages), "tools": "", **more}


def _learned(tokenizer, encoded) -> list[str]:
    return [tokenizer.decode(encoded.ids[start:end]) for start, end in encoded.counted]


def test_a_chat_of_one_turn_is_an_instruction(tokenizer):
    asked = [{"role": "user", "content": "Who is ill?"}]
    examples = [
        _chat("Who is ill?", "The doctor."),
        {"messages": json.dumps(asked), "chosen": "The doctor.", "rejected": "Nobody."},
        {"messages": json.dumps(asked), "output": "The doctor.", "label": "good"},
        {"instruction": "Who is ill?", "input": "", "output": "The doctor."},
    ]
    chat, preference, feedback, instruction = encode_examples(tokenizer, examples)
    assert chat == preference == feedback == instruction
    assert instruction.prompt == prompt_ids(tokenizer, asked)
    assert instruction.answer == answer_ids(tokenizer, "The doctor.")


def test_all_assistant_turns_are_learned_after_the_inference_prompt(tokenizer):
    turns = ("Who is ill?", "The doctor.", "And who asks?", "The patient.", "Why?", "So.")
    [encoded] = encode_examples(tokenizer, [_chat(*turns)])
    assert _learned(tokenizer, encoded) == ["The doctor.<|end|>", "The patient.<|end|>", "So.<|end|>"]
    messages = json.loads(_chat(*turns)["messages"])
    assert encoded.prompt == prompt_ids(tokenizer, messages[:-1])
    for number, (start, _) in enumerate(encoded.counted):
        assert encoded.ids[:start] == prompt_ids(tokenizer, messages[: 2 * number + 1])


def test_turns_that_a_template_rewrites_later_are_not_learned(tokenizer):
    tokenizer.chat_template = (
        "{% for m in messages %}<|{{ m.role }}|>{% if m.role == 'assistant' and not loop.last %}(earlier) {% endif %}"
        "{{ m.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
    )
    [encoded] = encode_examples(tokenizer, [_chat("Who?", "The doctor.", "Why?", "So.")])
    assert _learned(tokenizer, encoded) == ["So.<|end|>"]


def test_turns_are_learned_with_the_templates_own_end(tokenizer):
    tokenizer.chat_template = (
        "{% for m in messages %}[{{ m.role }}]\n{{ m.content }}[over]\n{% endfor %}"
        "{% if add_generation_prompt %}[assistant]\n{% endif %}"
    )
    [encoded] = encode_examples(tokenizer, [_chat("Who?", "The doctor.", "Why?", "So.")])
    assert _learned(tokenizer, encoded) == ["The doctor.[over]", "So.[over]"]


def test_tool_calls_are_learned_as_the_template_writes_them(tokenizer):
    call = {"type": "function", "function": {"name": "look", "arguments": {}}}
    messages = [
        {"role": "user", "content": "Look!"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "clear"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
    ]
    stored = {"messages": json.dumps(messages), "tools": json.dumps([call])}
    [in_words] = encode_examples(tokenizer, [stored])
    assert _learned(tokenizer, in_words) == ['[{"name": "look", "arguments": {}}]<|end|>'] * 2
    tokenizer.chat_template = (
        "{% if tools %}one tool{% endif %}{% for m in messages %}<|{{ m.role }}|>{{ m.content }}"
        "{% for c in m.tool_calls or [] %}CALL {{ c.function.name }}{% endfor %}{{ eos_token }}{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>{% endif %}"
    )
    [by_template] = encode_examples(tokenizer, [stored])
    assert _learned(tokenizer, by_template) == ["CALL look<|end|>"] * 2


def test_all_of_a_text_but_its_first_token_is_learned(tokenizer):
    [encoded] = encode_examples(tokenizer, [{"text": "The doctor asks."}])
    assert encoded.prompt == [tokenizer.bos_token_id]
    assert _learned(tokenizer, encoded) == ["The doctor asks.<|end|>"]


def test_an_example_that_a_template_refuses_is_named_by_its_row(tokenizer):
    tokenizer.chat_template = "{{ raise_exception('no') if 'ill' in messages[0].content else 'fine' }}"
    rows = [{"instruction": f"Who is {what}?", "output": "He.", "row": row} for row, what in ((7, "up"), (9, "ill"))]
    with pytest.raises(InputError, match="Row 9: The model's chat template"):
        list(encode_examples(tokenizer, rows))


def test_examples_keep_their_order_across_batches(tokenizer):
    examples = [{"instruction": f"What is {number}?", "output": f"It is {number}."} for number in range(600)]
    answers = [tokenizer.decode(encoded.answer) for encoded in encode_examples(tokenizer, iter(examples))]
    assert answers == [f"It is {number}.<|end|>" for number in range(600)]
