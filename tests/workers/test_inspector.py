"""What the inspector says about a file before a dataset is made of it."""

import pytest

from core.errors import InputError
from workers.inspector import CALLS

MAPPING = {"instruction": "asked", "output": "said"}


@pytest.fixture
def table(tmp_path) -> str:
    path = tmp_path / "table.csv"
    path.write_text(
        "asked,said\n"
        "What is tea made of?,<b>Leaves</b> &amp; water.\n"
        "Whom does one ask?,Ask someone@example.org about it.\n"
        "What is rust?,Iron that met water.\n"
    )
    return str(path)


def test_each_step_of_cleaning_says_what_it_would_do(table):
    told = CALLS["cleaned"](table, column_map=MAPPING)
    assert told["looked_at"] == 3
    assert told["steps"]["html"]["count"] == 1
    assert told["steps"]["html"]["samples"][0]["after"] == "Leaves & water."
    assert told["steps"]["personal_data"]["count"] == 1
    assert "urls" not in told["steps"]


def test_the_preview_is_cleaned_as_the_dataset_will_be(table):
    def shown(**cleaning) -> str:
        example = CALLS["preview"](table, column_map=MAPPING, cleaning=cleaning, count=1)[0]
        return "".join(piece["text"] for piece in example["pieces"] if piece["counts"])

    assert "Leaves & water." in shown()
    assert "<b>Leaves</b>" in shown(html=False)


def test_cleaning_that_leaves_nothing_to_show_says_so(table):
    with pytest.raises(InputError, match="leaves out all"):
        CALLS["preview"](table, column_map=MAPPING, cleaning={"languages": ["ja"]})
