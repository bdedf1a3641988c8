"""The logic of the Data page: formats of pasted text, roles offered, drafts of changes."""

import pytest

from app.components.data.columns import ROLES
from app.components.data.draft import apply_draft
from app.components.data.paste_box import kind_of
from core.examples.roles import ROLES as KNOWN_ROLES
from core.specs import Change


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        ("question,answer\nWhat is it?,It is tea.\n", ".csv"),
        ("question\tanswer\nWhat is it?\tIt is tea.\n", ".csv"),
        ('{"a": 1}\n{"a": 2}\n', ".jsonl"),
        ('[\n {"a": 1}\n]', ".json"),
        ('{"a": 1}', ".json"),
        ("A plain text, with a comma.\n\nAnd a second paragraph without one.", ".txt"),
        ("", ".txt"),
    ],
)
def test_the_format_of_pasted_text_is_detected(text, suffix):
    assert kind_of(text) == suffix


def test_every_role_of_every_shape_can_be_assigned():
    assert {shape: set(roles) for shape, roles in ROLES.items()} == {
        shape: set(roles) for shape, roles in KNOWN_ROLES.items()
    }


def test_rows_are_shown_with_the_draft_applied():
    draft = [
        {"kind": "edit", "rows": (3,), "values": {"output": "Better."}},
        {"kind": "tag", "rows": (3, 4), "tag": "checked"},
        {"kind": "move", "rows": (4,), "split": "test"},
        {"kind": "untag", "rows": (3,), "tag": "old"},
        {"kind": "drop", "rows": (5,)},
    ]
    for change in draft:
        Change.model_validate(change)
    rows = [{"row": row, "split": "train", "output": "As it was.", "tags": "old"} for row in (3, 4, 5, 6)]
    three, four, five, six = apply_draft(draft, rows)
    assert (three["output"], three["tags"]) == ("Better.", "checked")
    assert (four["split"], four["tags"], four["change"]) == ("test", "old, checked", "moved")
    assert five["change"] == "deleted"
    assert six == {"row": 6, "split": "train", "output": "As it was.", "tags": "old", "change": ""}
    assert rows[0]["output"] == "As it was."
