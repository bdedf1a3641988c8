"""A cleaner applies the steps that fit each text, and counts and shows what it changes."""

import json

import pytest

from core.data.cleaning import Cleaner, Fate
from core.errors import InputError
from core.examples.drops import Drop
from core.specs import Cleaning

NOTHING = Cleaning(unicode=False, html=False, urls=False, whitespace=False)


def instruction(output: str, asked: str = "Say something.") -> dict[str, str]:
    return {"instruction": asked, "input": "", "output": output}


def test_a_clean_example_is_returned_unchanged():
    cleaner = Cleaner(Cleaning())
    example = instruction("Nothing to do here.\n\n    An indent stays.")
    assert cleaner.clean(example, 1) == (example, set(), None)
    assert not cleaner.counts


@pytest.mark.parametrize(
    "step, name",
    [("unicode", "Unicode"), ("html", "HTML"), ("urls", "web addresses"), ("whitespace", "white space")],
)
def test_each_step_can_be_switched_off_or_used_alone(step, name):
    dirty = instruction("cafÃ©  <b>bold</b> https://x.org/a here ")
    _, without, _ = Cleaner(Cleaning(answers=True, **{step: False})).clean(dirty, 1)
    _, alone, _ = Cleaner(NOTHING.model_copy(update={step: True, "answers": True})).clean(dirty, 1)
    assert name not in without and len(without) == 3
    assert alone == {name}
    assert Cleaner(NOTHING).clean(dirty, 1) == (dirty, set(), None)


def test_steps_are_counted_by_row_and_shown_up_to_five_times():
    cleaner = Cleaner(Cleaning(answers=True))
    for row in range(8):
        cleaner.clean({"instruction": "A  b", "input": "c  d", "output": f"{'x ' * 300}<b>{row}</b>{' y' * 300}"}, row)
    assert cleaner.counts == {"white space": 8, "HTML": 8}
    assert [sample["row"] for sample in cleaner.samples["HTML"]] == [0, 1, 2, 3, 4]
    sample = cleaner.samples["HTML"][2]
    assert "<b>2</b>" in sample["before"] and "x 2 y" in sample["after"]
    assert len(sample["before"]) <= 240 and len(sample["after"]) <= 240
    assert cleaner.samples["white space"][0] == {"row": 0, "before": "A  b", "after": "A b"}


def test_html_that_the_question_asks_for_stays_in_the_answer_but_not_in_the_question():
    cleaner = Cleaner(Cleaning(answers=True))
    example, _, _ = cleaner.clean(instruction("<p>Hi</p>", asked="<i>Write HTML.</i>"), 1)
    assert example == instruction("<p>Hi</p>", asked="Write HTML.")
    chat = [{"role": "user", "content": "Show me html"}, {"role": "assistant", "content": "<b>x</b>"}]
    cleaned, _, _ = cleaner.clean({"messages": json.dumps(chat), "tools": ""}, 1)
    assert json.loads(cleaned["messages"]) == chat


def test_answers_keep_links_and_tags_by_default_and_this_is_recorded():
    link, heading = "https://ferry.example/arden", "Use <h1>Belmor</h1> here."
    asks, says = {"role": "user", "content": "See www.a.org now"}, {"role": "assistant", "content": link}
    kept, asked = Cleaner(Cleaning()), Cleaner(Cleaning(answers=True))
    for row, answer in enumerate((link, heading, "Plain."), 1):
        assert kept.clean(instruction(answer), row)[0]["output"] == answer
        asked.clean(instruction(answer), row)
    cleaned = json.loads(kept.clean({"messages": json.dumps([asks, says]), "tools": ""}, 4)[0]["messages"])
    assert [message["content"] for message in cleaned] == ["See now", link]
    assert kept.clean({"text": heading}, 5)[0] == {"text": "Use Belmor\nhere."}
    assert (kept.answers.counts, kept.answers.rows) == ({Fate.LEFT: 3}, {Fate.LEFT: [1, 2, 4]})
    assert asked.answers.counts == {Fate.EMPTIED: 1, Fate.SHORTENED: 1}
    assert asked.answers.samples[Fate.EMPTIED] == [{"row": 1, "before": link, "after": ""}]


def test_code_and_columns_in_answers_keep_their_spaces():
    code = "int a  =  1;\n\treturn  a;   \n\n\n\nprint('a  b')"
    kept = Cleaner(Cleaning()).clean(instruction(code), 1)[0]["output"]
    assert kept == "int a  =  1;\n\treturn  a;\n\nprint('a  b')"
    assert Cleaner(Cleaning()).clean(instruction("Say `a  b`\u00a0now."), 1)[0]["output"] == "Say `a  b` now."
    assert Cleaner(Cleaning()).clean(instruction("One  line."), 1)[0]["output"] == "One line."
    assert "a = 1" in Cleaner(Cleaning(answers=True)).clean(instruction(code), 1)[0]["output"]


def test_messages_of_a_chat_are_cleaned_and_tool_data_is_not():
    call = {"type": "function", "function": {"name": "mail", "arguments": {"url": "https://a.org", "n": 1}}}
    chat = [
        {"role": "user", "content": "<b>Look</b>  at www.a.org please"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": '{"link":  "https://a.org"}'},
        {"role": "assistant", "content": "Done\u200b."},
    ]
    tools = '[{"name":  "mail"}]'
    cleaned, steps, _ = Cleaner(Cleaning()).clean({"messages": json.dumps(chat), "tools": tools}, 1)
    messages = json.loads(cleaned["messages"])
    assert [message["content"] for message in messages] == ["Look at please", "", '{"link":  "https://a.org"}', "Done."]
    assert messages[1]["tool_calls"] == [call]
    assert cleaned["tools"] == tools
    assert steps == {"HTML", "web addresses", "white space", "Unicode"}


def test_columns_that_the_studio_reads_itself_are_not_cleaned():
    example = {"text": "a  b", "source": "my  file.pdf", "tags": "x,  y", "stratum": "s  t"}
    assert Cleaner(Cleaning()).clean(example, 1)[0] == example | {"text": "a b"}


def test_personal_data_is_redacted_in_every_text():
    call = {"type": "function", "function": {"name": "mail", "arguments": '{"to": "ada@lovelace.org"}'}}
    asks = {"role": "assistant", "reasoning_content": "Who is ada@lovelace.org?", "tool_calls": [call]}
    chat = [{"role": "user", "content": "Write to ada@lovelace.org"}, asks]
    example = {"messages": json.dumps(chat), "chosen": "Call 555-123-4567", "rejected": "No", "passage": "bob@b.org"}
    cleaner = Cleaner(NOTHING.model_copy(update={"personal_data": "redact"}))
    cleaned, steps, drop = cleaner.clean(example, 7)
    assert "ada@" not in cleaned["messages"] and cleaned["messages"].count("[EMAIL]") == 3
    assert (cleaned["chosen"], cleaned["passage"]) == ("Call [PHONE]", "[EMAIL]")
    assert (steps, drop) == ({"personal data"}, None)
    assert cleaner.samples["personal data"] == [
        {"row": 7, "before": "Write to ada@lovelace.org", "after": "Write to [EMAIL]"}
    ]


def test_rows_with_personal_data_can_be_dropped():
    cleaner = Cleaner(Cleaning(personal_data="drop"))
    assert cleaner.clean(instruction("Write to ada@lovelace.org"), 3)[2] is Drop.PERSONAL_DATA
    assert cleaner.clean(instruction("Write to Ada."), 4)[2] is None
    assert cleaner.counts == {"personal data": 1}
    assert cleaner.samples["personal data"] == [{"row": 3, "before": "Write to ada@lovelace.org", "after": ""}]


def test_rows_in_other_languages_are_dropped_and_uncertain_ones_kept():
    cleaner = Cleaner(Cleaning(languages=("de",)))
    german = instruction("Brot wird aus Mehl, Wasser und Salz gebacken.", asked="Woraus wird Brot gemacht?")
    english = instruction("Bread is made from flour, water and salt.", asked="What is bread made from?")
    assert cleaner.clean(german, 1)[2] is None
    assert cleaner.clean(english, 2)[2] is Drop.LANGUAGE
    assert cleaner.clean(instruction("42", asked="6 * 7 = ?"), 3)[2] is None
    assert cleaner.counts == {"language": 1}
    assert cleaner.samples["language"][0]["row"] == 2


def test_an_unknown_language_code_is_refused():
    with pytest.raises(InputError, match="'english'"):
        Cleaner(Cleaning(languages=("de", "english")))
