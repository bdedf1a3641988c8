"""Label Studio: tasks with annotations, and the short formats."""

import json

import pytest

from core.data.reading.bundles.bundle import open_any
from core.data.reading.meter import Meter
from core.errors import InputError
from core.examples.drops import Drop
from tests.core.data.reading import made
from tests.core.data.reading.exports.export_files import noted, seen


def task(number: int, *annotations: dict, **data) -> dict:
    return {
        "id": number,
        "data": {"ask": f"What is {number}?", **data},
        "annotations": list(annotations),
        "file_upload": "p.json",
        "predictions": [],
    }


def annotation(name: str, kind: str, value: object, **about) -> dict:
    return {"id": 1, "result": [{"from_name": name, "type": kind, "value": {kind: value}}], **about}


def test_label_studio_prefers_the_ground_truth_and_skips_cancelled_annotations(tmp_path):
    cancelled = annotation("reply", "text", ["Never mind."], was_cancelled=True)
    found = seen(
        tmp_path,
        "a.json",
        [
            task(1, cancelled, annotation("reply", "text", ["One."])),
            task(
                2,
                annotation("reply", "text", ["Perhaps two."]),
                annotation("reply", "text", ["Two."], ground_truth=True),
            ),
            task(3),
            task(4, cancelled),
        ],
    )
    assert found["head"] == [{"ask": "What is 1?", "reply": "One."}, {"ask": "What is 2?", "reply": "Two."}]
    assert noted(found, "several annotations, where the ground truth or else the first one is used: 1")
    assert noted(found, "without an annotation, left out: 2")


def test_label_studio_choices_ratings_and_parts_of_a_text(tmp_path):
    mixed = {
        "result": [
            {"from_name": "mood", "type": "choices", "value": {"choices": ["glad", "calm"]}},
            {"from_name": "stars", "type": "rating", "value": {"rating": 4}},
            {"from_name": "where", "type": "labels", "value": {"start": 0, "end": 4, "text": "What", "labels": ["W"]}},
        ]
    }
    found = seen(tmp_path, "a.json", [task(1, mixed), task(2, annotation("ask", "text", ["Better asked?"]))])
    assert found["head"][0] == {"ask": "What is 1?", "mood": "glad, calm", "stars": 4}
    assert found["head"][1] == {"ask": "What is 2?", "ask (annotated)": "Better asked?"}
    assert noted(found, "results of type labels")


def test_a_malformed_task_affects_no_other(tmp_path):
    rows = [
        task(1, annotation("reply", "text", ["One."])),
        {"id": 2, "data": "x"},
        task(3, annotation("reply", "text", ["3."])),
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps([*rows[:1] * 100, *rows]))
    found = list(open_any(path, Meter(on_progress=lambda: None)).rows)
    assert [row[2:] for row in found if not row[1]] == [(Drop.OTHER_FORM,)]
    assert len(found) == 103


def test_tasks_without_any_annotation_are_refused(tmp_path):
    with pytest.raises(InputError, match="no row in it can be used: tasks without an annotation, left out: 2"):
        seen(tmp_path, "a.json", [task(1), task(2)])


def test_label_studio_in_its_short_formats(tmp_path):
    rows = [
        {
            "ask": "One?",
            "id": 1,
            "mood": {"choices": ["glad", "calm"]},
            "reply": ["One.", "Or two."],
            "annotator": 1,
            "annotation_id": 2,
            "created_at": "2025-01-01",
            "lead_time": 2.5,
        }
    ]
    assert seen(tmp_path, "a.json", rows)["head"] == [{"ask": "One?", "mood": "glad, calm", "reply": "One.\nOr two."}]
    assert seen(tmp_path, "a.csv", made.csv_bytes(rows))["head"][0]["mood"] == "glad, calm"
