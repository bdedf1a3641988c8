"""What the inspector says about a file before a dataset is made of it."""

import pytest

from core.data.sources.opening import open_source
from core.errors import InputError
from core.specs import PrepareSpec
from tests.core.data.stored import store_dataset
from workers.inspections import CALLS

MAPPING = {"instruction": "asked", "output": "said"}


@pytest.fixture
def table(tmp_path) -> dict:
    path = tmp_path / "table.csv"
    path.write_text(
        "asked,said\n"
        "What is tea made of?,<b>Leaves</b> &amp; water.\n"
        "Whom does one ask?,Ask someone@example.org about it.\n"
        "What is rust?,Iron that met water.\n"
    )
    return {"path": str(path)}


def test_each_step_of_cleaning_says_what_it_would_do(table):
    told = CALLS["cleaned"](table, column_map=MAPPING)
    assert told["looked_at"] == 3
    assert "html" not in told["steps"]  # answers keep theirs
    assert told["steps"]["answers"]["count"] == 1
    assert told["steps"]["answers"]["samples"][0]["after"] == "Leaves & water."
    assert told["steps"]["personal_data"]["count"] == 1
    assert "urls" not in told["steps"]


def test_the_preview_is_cleaned_as_the_dataset_will_be(table):
    def shown(**cleaning) -> str:
        example = CALLS["preview"](table, column_map=MAPPING, cleaning=cleaning, count=1)[0]
        return "".join(piece["text"] for piece in example["pieces"] if piece["counts"])

    assert "Leaves & water." in shown(answers=True)
    assert "<b>Leaves</b>" in shown()


def learned(source: dict, **asked) -> list[str]:
    """What the model learns to say of each example in the preview."""
    examples = CALLS["preview"](source, **asked)
    return ["".join(piece["text"] for piece in example["pieces"] if piece["counts"]) for example in examples]


def test_samples_and_datasets_are_previewed_before_anything_is_made(tmp_path):
    folder = store_dataset(tmp_path / "x_dataset", {"train": [{"text": "<b>Once</b> there was a bell.", "row": 1}]})
    assert learned({"folder": str(folder)}, cleaning={}) == ["Once there was a bell.<|end|>"]
    sample = PrepareSpec(name="x", output_dir="", source="sample", domain="legal", num_samples=3, seed=5, shape="chat")
    shown = learned({"domain": "legal", "seed": 5}, shape="chat")
    first = next(open_source(sample).rows).values["messages"]
    assert shown[0] == "".join(f"{turn['content']}<|end|>" for turn in first if turn["role"] == "assistant")
    assert CALLS["cleaned"]({"folder": str(folder)})["steps"]["html"]["count"] == 1


def test_messages_in_rows_are_previewed_as_conversations(tmp_path):
    path = tmp_path / "log.csv"
    said = [("What is tea?", "Leaves in water."), ("What is rust?", "Iron that met water.")]
    turns = [f"{n},user,{asked}\n{n},assistant,{told}\n" for n, (asked, told) in enumerate(said)]
    path.write_text("chat_id,speaker,message\n" + "".join(turns))
    found = CALLS["shapes"](str(path))
    assert found["shape"] == "chat" and "each row is one message" in found["reason"]
    assert learned({"path": str(path)}) == ["Leaves in water.<|end|>"]
    mapped = {"conversation": "chat_id", "role": "speaker", "content": "message"}
    assert learned({"path": str(path)}, shape="chat", column_map=mapped) == ["Leaves in water.<|end|>"]


def test_cleaning_that_leaves_nothing_to_show_says_so(table):
    with pytest.raises(InputError, match="drops all"):
        CALLS["preview"](table, column_map=MAPPING, cleaning={"languages": ["ja"]})


def test_rows_that_follow_one_another_are_previewed_as_the_conversations_they_make(tmp_path):
    path = tmp_path / "bus.csv"
    path.write_text(
        "prompt,answer,id,parent_id\nWhich bus goes there?,The first one goes there.,a,\n"
        "How long does it take?,It takes ten minutes.,b,a\nAnd what is rust made of?,It is iron that met water.,c,\n"
    )
    found = CALLS["shapes"](str(path))
    assert found["columns"] == ["prompt", "answer", "history"]
    assert any("'parent_id'" in note for note in found["notes"])
    again = CALLS["shapes"](str(path), found["shape"], found["mapping"])  # as the page asks with what it shows
    assert again["mapping"] == found["mapping"]
    shown = learned({"path": str(path)}, shape=found["shape"], column_map=found["mapping"])
    assert len(shown) == 2 and "goes there" in shown[0] and "ten minutes" in shown[0]


def test_rewards_are_tried_on_a_datasets_answers(tmp_path):
    rows = [{"instruction": f"How many are {n} and 1?", "output": f"They are {n + 1}."} for n in range(8)]
    folder = store_dataset(tmp_path / "sums", {"train": rows})
    settings = {"rewards": ["number_equals", "length"], "reward_weights": [1.0, 0.5], "reward_max_words": 3, "seed": 42}
    shown = CALLS["rewards"](str(folder), settings, count=2, ask_judge=False)
    by_kind = {one["kind"]: one["reward"] for one in shown[:4]}
    assert by_kind["reference"] == 1.5 and by_kind["of another question"] == 0.5 and by_kind["empty"] == 0.0
    with pytest.raises(InputError, match="reward_pattern: the reward pattern needs it"):
        CALLS["rewards"](str(folder), {"rewards": ["pattern"]}, count=2, ask_judge=False)
