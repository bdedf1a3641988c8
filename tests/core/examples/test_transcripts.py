"""Transcripts in every common format are read as conversations, and other texts are not."""

import json

import pytest

from core.data.shapes import Mapper, detect
from core.examples.transcripts import is_transcript, read_transcript, without_end
from core.specs import Shape

TWO = [("user", "Is it cold?"), ("assistant", "It is."), ("user", "And deep?"), ("assistant", "Very.")]
GUIDED = [("system", "You are a ferryman."), *TWO]

FORMS = {
    "ChatML": (
        "<|im_start|>system\nYou are a ferryman.<|im_end|>\n<|im_start|>user\nIs it cold?<|im_end|>\n"
        "<|im_start|>assistant\nIt is.<|im_end|>\n<|im_start|>user\nAnd deep?<|im_end|>\n"
        "<|im_start|>assistant\nVery.<|im_end|>\n",
        GUIDED,
    ),
    "Llama 3": (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nYou are a ferryman.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nIs it cold?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nIt is.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nAnd deep?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nVery.<|eot_id|>",
        GUIDED,
    ),
    "Gemma": (
        "<bos><start_of_turn>user\nIs it cold?<end_of_turn>\n<start_of_turn>model\nIt is.<end_of_turn>\n"
        "<start_of_turn>user\nAnd deep?<end_of_turn>\n<start_of_turn>model\nVery.<end_of_turn>\n",
        TWO,
    ),
    "Zephyr": (
        "<|system|>\nYou are a ferryman.</s>\n<|user|>\nIs it cold?</s>\n<|assistant|>\nIt is.</s>\n"
        "<|user|>\nAnd deep?</s>\n<|assistant|>\nVery.</s>",
        GUIDED,
    ),
    "DeepSeek": ("<｜User｜>Is it cold?<｜Assistant｜>It is.<｜User｜>And deep?<｜Assistant｜>Very.", TWO),
    "Llama 2": (
        "<s>[INST] <<SYS>>\nYou are a ferryman.\n<</SYS>>\n\nIs it cold? [/INST] It is. </s>"
        "<s>[INST] And deep? [/INST] Very. </s>",
        GUIDED,
    ),
    "Mistral": ("<s>[INST] Is it cold? [/INST]It is.</s>[INST] And deep? [/INST]Very.</s>", TWO),
    "Vicuna": (
        "You are a ferryman. USER: Is it cold? ASSISTANT: It is.</s>USER: And deep? ASSISTANT: Very.</s>",
        GUIDED,
    ),
    "marks": ("### Human: Is it cold?### Assistant: It is.### Human: And deep?### Assistant: Very.", TWO),
    "lines": ("Human: Is it cold?\n\nAssistant: It is.\n\nHuman: And deep?\n\nAssistant: Very.", TWO),
    "pairs": ("Q: Is it cold?\nA: It is.\nQ: And deep?\nA: Very.", TWO),
    "persona": (
        "You are a ferryman.</s>\nHuman: Is it cold?</s>\nFerryman: It is.</s>\nHuman: And deep?</s>\nFerryman: Very.",
        GUIDED,
    ),
    "persona without marks": (
        "You are a ferryman.\nYou: Is it cold?\nOld Tom: It is.\nYou: And deep?\nOld Tom: Very.",
        GUIDED,
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_format_is_read(form):
    text, expected = FORMS[form]
    assert is_transcript(text)
    assert [(message["role"], message["content"]) for message in read_transcript(text)] == expected


def test_alpaca_puts_the_input_after_the_instruction():
    text = (
        "Below is an instruction that describes a task.\n\n### Instruction:\nSum up.\n\n### Input:\nA long text.\n\n"
        "### Response:\nShort.\n### See also\nMore."
    )
    assert [(message["role"], message["content"]) for message in read_transcript(text)] == [
        ("user", "Sum up.\nA long text."),
        ("assistant", "Short.\n### See also\nMore."),
    ]


def test_a_context_before_the_question_is_part_of_it():
    text = "### Context: The lake is deep.\n### Question: Is it deep?\n### Answer: Yes."
    assert [message["content"] for message in read_transcript(text)] == ["The lake is deep.\nIs it deep?", "Yes."]


@pytest.mark.parametrize(
    "text",
    [
        "The token <|im_start|>user begins a turn.",
        "Note: it is cold.\nHuman: he said.\nTip: go home.\nHuman: again.",
        "User: the person at the desk.\nNote: see below.",
        "# Report\n\n## Question\n\nNo more.\n\n## Answer\n\nNone.",
        "A: first\nB: second\nA: third",
        "Is it cold?",
        "",
    ],
)
def test_other_texts_are_not_transcripts(text):
    assert not is_transcript(text)


def test_a_prompt_in_a_template_and_its_answer_make_a_chat_without_tokens():
    rows = [
        {
            "prompt": f"<|im_start|>user\nIs {n} cold?<|im_end|>\n<|im_start|>assistant\n",
            "completion": f"{n} is.<|im_end|>",
        }
        for n in range(4)
    ]
    detected = detect(["prompt", "completion"], rows)
    assert detected.shape is Shape.CHAT
    example, _ = Mapper(detected).example(rows[1])
    assert json.loads(example["messages"]) == [
        {"role": "user", "content": "Is 1 cold?"},
        {"role": "assistant", "content": "1 is."},
    ]


def test_transcripts_are_reported():
    rows = [{"text": FORMS["Mistral"][0]}] * 3
    assert "column 'text' holds conversations written as text" in detect(["text"], rows).reason


def test_only_tokens_at_the_very_end_are_removed():
    assert without_end("It is.<|im_end|>\n") == "It is."
    assert without_end("<b>It</b> is </s> here <br>") == "<b>It</b> is </s> here <br>"


@pytest.mark.parametrize("run", ["\n", " ", "#", "\t\n", "</s>", "Human: ", "\n## "])
def test_long_runs_of_any_character_take_linear_time(run):
    """With quadratic time this would not finish."""
    for text in (f"Human: Is it?{run * 50_000}Assistant: It is.", f"## Is it?{run * 50_000}", run * 50_000):
        if is_transcript(text):
            read_transcript(text)
    without_end(f"It is.{run * 50_000}>")
