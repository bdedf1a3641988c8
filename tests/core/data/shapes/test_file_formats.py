"""Rows give the same shape and the same examples in every file format."""

import pytest

from core.data.reading.bundles.bundle import open_any
from core.data.reading.meter import Meter
from core.data.shapes import Mapper, detect
from tests.core.data.reading.test_formats import TABLES
from tests.core.data.shapes.rows import renamed
from tests.core.data.shapes.test_detecting import SAMPLES, examples

NAMES = {
    "instruction": "Frage", "output": "Antwort", "conversations": "Dialogue", "messages": "chat", "tools": "functions",
    "chosen": "better", "rejected": "worse", "prompt": "question", "completion": "reply", "label": "kto_tag",
    "text": "Document",
}  # fmt: skip


@pytest.mark.parametrize("saved", TABLES)
def test_every_shape_from_every_table(tmp_path, saved):
    for name, (shape, rows) in SAMPLES.items():
        for called, saved_rows in (("own", rows), ("other", renamed(rows, NAMES))):
            path = tmp_path / f"{name} {called}.{saved.split(',')[0].replace('excel', 'xlsx')}"
            path.write_bytes(TABLES[saved](saved_rows))
            opened = open_any(path, Meter(on_progress=lambda: None))
            values = [row for _, row in opened.rows]
            detected = detect(opened.columns, values)
            assert detected.shape is shape, (name, called, detected)
            assert [Mapper(detected).example(row)[0] for row in values] == examples(rows), (name, called)
