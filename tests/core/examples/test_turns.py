"""Which tokens of a conversation are learned, under the chat templates of common models."""

import json

import pytest
from datasets import Dataset

from core.examples.encoding import encode_examples
from core.examples.prompting import end_ids, end_text, prompt_ids
from core.models.loading import load_tokenizer
from core.models.references import locate
from core.training.objectives.examples import tokenize_split
from tests.core.models import templates

ALL = [value for name, value in vars(templates).items() if name.isupper() and name != "MARKS"]


@pytest.fixture(scope="module")
def loaded(tiny_model):
    tokenizer = load_tokenizer(locate(str(tiny_model)))
    tokenizer.add_special_tokens({"additional_special_tokens": list(templates.MARKS)})
    return tokenizer


@pytest.fixture
def tokenizer(loaded):
    template, eos = loaded.chat_template, loaded.eos_token
    yield loaded
    loaded.chat_template, loaded.eos_token = template, eos


def user(content: str) -> dict:
    return {"role": "user", "content": content}


def said(content: str, **more) -> dict:
    return {"role": "assistant", "content": content, **more}


def learned(tokenizer, template: str | None, *messages: dict, **columns) -> list[str]:
    """The texts of a chat that are learned; if roles alternate, the last must follow exactly the inference prompt."""
    if template:
        tokenizer.chat_template = template
    [encoded] = encode_examples(tokenizer, [{"messages": json.dumps(messages), "tools": "", **columns}])
    return [tokenizer.decode(encoded.ids[start:end]) for start, end in encoded.counted]


@pytest.mark.parametrize("template", [None, *ALL])
def test_an_opening_greeting_is_not_learned_in_any_template(tokenizer, template):
    found = learned(tokenizer, template, said("Welcome to the desk."), user("When?"), said("At six."))
    assert len(found) == 1 and "At six." in found[0] and "Welcome" not in found[0]
    with_system = ({"role": "system", "content": "Be kind."}, said("Welcome to the desk."), user("When?"))
    assert "Welcome" not in "".join(learned(tokenizer, template, *with_system, said("At six.")))


@pytest.mark.parametrize("template", [None, *ALL])
def test_a_turn_with_weight_0_or_without_text_is_not_learned(tokenizer, template):
    turns = (user("Toll?"), said("WRONG.", weight=0), user("Sure?"), said("   "), user("So?"), said("Two crowns."))
    found = learned(tokenizer, template, *turns)
    assert len(found) == 1 and "Two crowns." in found[0]
    [encoded] = encode_examples(tokenizer, [{"messages": json.dumps(turns), "tools": ""}])
    assert "WRONG." in tokenizer.decode(encoded.prompt)


@pytest.mark.parametrize("template", [templates.LLAMA_2, templates.GEMMA])
def test_learned_and_unlearned_turns_are_never_joined(tokenizer, template):
    [found] = learned(tokenizer, template, user("Toll?"), said("WRONG.", weight=0), said("Two crowns."))
    assert "Two crowns." in found and "WRONG" not in found


@pytest.mark.parametrize(
    ("template", "end"),
    [
        (templates.CHATML, "<|im_end|>"), (templates.SMOLLM2, "<|im_end|>"), (templates.LLAMA_3, "<|eot_id|>"),
        (templates.GEMMA, "<end_of_turn>"), (templates.PHI_3, "<|end|>"), (templates.QWEN_3, "<|im_end|>"),
        (templates.LLAMA_2, " <|endoftext|>"), (templates.DEEPSEEK_R1, "<|endoftext|>"),
    ],
)  # fmt: skip
def test_every_answer_ends_the_way_the_template_ends_a_turn(tokenizer, template, end):
    tokenizer.eos_token = "<|endoftext|>"
    found = learned(tokenizer, template, user("Who?"), said("The doctor."), user("Why?"), said("So."))
    assert all(text.endswith(f".{end}") for text in found)
    assert tokenizer.convert_tokens_to_ids(end.strip()) in end_ids(tokenizer) and not end_text(tokenizer)
    [one] = encode_examples(tokenizer, [{"instruction": "Who?", "input": "", "output": "The doctor."}])
    assert tokenizer.decode(one.answer).endswith(f"The doctor.{end}")
    assert one.prompt == prompt_ids(tokenizer, [user("Who?")])


def test_an_end_of_turn_that_is_not_a_token_is_spelled_out(tokenizer):
    template = templates.CHATML.replace("<|im_end|>", "[over]")
    assert learned(tokenizer, template, user("Who?"), said("The doctor."))[-1] == "The doctor.[over]"
    assert end_text(tokenizer) == "[over]"


@pytest.mark.parametrize(
    ("template", "before", "after"),
    [
        (templates.QWEN_3, "<think>\nTwice 60.\n</think>\n\n", "<|im_end|>"),
        (templates.CHATML, "<think>\nTwice 60.\n</think>\n\n", "<|im_end|>"),
        (templates.DEEPSEEK_R1, "Twice 60.\n</think>\n\n", "<|end|>"),
        (None, "<think>\nTwice 60.\n</think>\n\n", "<|end|>"),
    ],
)
def test_reasoning_is_learned_before_the_answer(tokenizer, template, before, after):
    field = said("It covers 120 km.", reasoning_content="Twice 60.")
    inline = said("<think>\nTwice 60.\n</think>\n\nIt covers 120 km.")
    for answer in (field, inline):
        assert learned(tokenizer, template, user("How far?"), answer) == [f"{before}It covers 120 km.{after}"]


def test_reasoning_goes_into_the_field_that_the_template_reads(tokenizer):
    template = templates.CHATML.replace(
        "{{ m.content }}", "{% if m.thinking %}[{{ m.thinking }}]{% endif %}{{ m.content }}"
    )
    answer = said("It covers 120 km.", reasoning_content="Twice 60.")
    assert learned(tokenizer, template, user("How far?"), answer) == ["[Twice 60.]It covers 120 km.<|im_end|>"]


def test_reasoning_opened_by_the_prompt_is_closed_and_not_reopened(tokenizer):
    tokenizer.chat_template = templates.DEEPSEEK_R1
    thought = learned(tokenizer, None, user("2+2?"), said("<think>\ntwo and two\n</think>\n\nIt is 4."))
    assert thought == ["two and two\n</think>\n\nIt is 4.<|end|>"]
    assert learned(tokenizer, None, user("2+2?"), said("It is 4.")) == ["</think>\n\nIt is 4.<|end|>"]
    begun = learned(tokenizer, None, user("2+2?"), said("two and two\n</think>\n\nIt is 4."))
    assert begun == ["two and two\n</think>\n\nIt is 4.<|end|>"]


def test_earlier_turns_are_learned_unless_the_template_rewrites_them(tokenizer):
    turns = (user("Who?"), said("The doctor."), user("Why?"), said("So."))
    for template in (templates.CHATML, templates.LLAMA_3, templates.GEMMA, templates.PHI_3, templates.LLAMA_2):
        assert len(learned(tokenizer, template, *turns)) == 2
    assert len(learned(tokenizer, templates.QWEN_3, *turns)) == 1  # the first follows an empty thought


def test_rewritten_and_closed_answers_are_counted(tokenizer):
    rows = [
        {"messages": json.dumps([user("Who?"), said("She."), user("Why?"), said("So.")]), "tools": ""},
        {"instruction": "Who?", "input": "", "output": "<think>\nHm.\n</think>\n\nShe."},
    ]
    for template, told in (
        (templates.QWEN_3, [(1, False), (0, False)]),
        (templates.DEEPSEEK_R1, [(1, True), (0, False)]),
        (templates.CHATML, [(0, False), (0, False)]),
    ):
        tokenizer.chat_template = template
        assert [(one.rewritten, one.closed) for one in encode_examples(tokenizer, rows)] == told
        split = tokenize_split(Dataset.from_list([{**rows[0], "row": 1}]), "train", tokenizer, 128)
        assert (split.rewritten, split.closed) == told[0]


def test_a_turn_is_learned_with_the_end_it_has_in_the_prompt(tokenizer):
    tokenizer.eos_token = "<|endoftext|>"
    template = templates.CHATML.replace(
        "<|im_end|>", "{% if loop.last and m.role == 'assistant' %}{{ eos_token }}{% else %}<|im_end|>{% endif %}"
    )
    found = learned(tokenizer, template, user("Who?"), said("She."), user("Why?"), said("So."))
    assert found == ["She.<|im_end|>", "So.<|endoftext|>"]


@pytest.mark.parametrize("template", [templates.CHATML, templates.QWEN_3, templates.DEEPSEEK_R1])
def test_reasoning_without_an_answer_ends_once(tokenizer, template):
    [found] = learned(tokenizer, template, user("Why?"), said("<think>\nHm.\n</think>"))
    assert found.count("<|im_end|>") + found.count("<|end|>") == 1 and "Hm." in found


def test_only_the_chosen_answer_of_a_pair_is_learned(tokenizer):
    asked = json.dumps([user("Who?"), said("She."), user("Why?")])
    [encoded] = encode_examples(tokenizer, [{"messages": asked, "chosen": "So.", "rejected": "No."}])
    assert [tokenizer.decode(encoded.ids[start:end]) for start, end in encoded.counted] == ["So.<|end|>"]


def test_a_chosen_tool_call_is_learned_in_the_templates_format(tokenizer):
    tokenizer.chat_template = (
        "{% if tools %}TOOLS {{ tools | tojson }}\n{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n"
        "{{ m.content }}{% for c in m.tool_calls or [] %}CALL {{ c.function.name }}{% endfor %}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    pair = {
        "messages": json.dumps([user("High tide?")]), "chosen": '[{"name": "get_tide", "arguments": {}}]',
        "rejected": "No.", "tools": json.dumps([{"type": "function", "function": {"name": "get_tide"}}]),
    }  # fmt: skip
    [encoded] = encode_examples(tokenizer, [pair])
    assert tokenizer.decode(encoded.answer) == "CALL get_tide<|im_end|>"
    assert tokenizer.decode(encoded.prompt).startswith("TOOLS")
