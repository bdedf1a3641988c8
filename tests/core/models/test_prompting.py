"""Prompts and answers as token ids: the same for training, scoring and every engine."""

import pytest

from core.data.shapes import messages_of
from core.errors import InputError
from core.models.loading import load_tokenizer
from core.models.prompting import answer_ids, prompt_ids, render_prompt
from core.models.references import locate


@pytest.fixture
def tokenizer(tiny_model):
    return load_tokenizer(locate(str(tiny_model)))


def test_a_question_is_the_instruction_and_below_it_the_input():
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
    tokenizer.eos_token = None
    with pytest.raises(InputError, match="end token"):
        answer_ids(tokenizer, "yes")
