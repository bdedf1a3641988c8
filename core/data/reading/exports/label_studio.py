"""Label Studio exports: tasks with their annotations (JSON), or one row per annotation (JSON-MIN and CSV)."""

from core.data.reading.exports.export import Export, ExportNotes, Rows
from core.examples.paths import opened

_READ = ("text", "choices", "rating", "number", "datetime", "taxonomy", "selected")
"""Kinds of results that apply to a whole task."""
_ABOUT = frozenset({"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"})
_LEAST_ABOUT = {"annotation_id", "annotator", "lead_time"}
_SIDES = {"left": "1", "right": "2"}


def _annotations(task: dict) -> list:
    found = task.get("annotations", task.get("completions"))
    return found if isinstance(found, list) else []


def _matches(head: list[dict]) -> bool:
    return all(
        isinstance(task.get("data"), dict)
        and ("annotations" in task or "completions" in task)
        and all(isinstance(annotation, dict) and "result" in annotation for annotation in _annotations(task))
        for task in head
    )


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    for number, task, *problem in rows:
        if problem:
            yield number, task, *problem
            continue
        done = [annotation for annotation in _annotations(task) if not annotation.get("was_cancelled")]
        done.sort(key=lambda annotation: not annotation.get("ground_truth"))
        if not done:
            notes.count("tasks without an annotation, left out")
            continue
        if len(done) > 1:
            notes.count("tasks with several annotations, where the ground truth or else the first one is used")
        data = task.get("data") or {}
        said = _said(done[0].get("result") or [], notes)
        yield number, data | {f"{name} (annotated)" if name in data else name: value for name, value in said.items()}


def _said(results: list, notes: ExportNotes) -> dict[str, object]:
    """The value of each control on the labelling page, several texts joined by line ends."""
    said: dict[str, object] = {}
    for result in results:
        value = result.get("value") or {}
        kind = next((kind for kind in _READ if kind in value), None)
        if kind is None or "start" in value:
            notes.count(f"results of type {result.get('type')}, which mark parts of a text, left out")
        elif kind == "selected":
            said["preferred"] = _SIDES.get(value[kind], value[kind])
        else:
            name, text = str(result.get("from_name") or kind), _plain(value[kind])
            said[name] = f"{said[name]}\n{text}" if name in said else text
    return said


def _plain(value: object) -> object:
    """A value as one text or number: choices joined by commas, texts by line ends."""
    value = opened(value)
    if isinstance(value, dict) and "choices" in value:
        value = value["choices"]
    if not isinstance(value, list):
        return value
    parts = [" / ".join(map(str, part)) if isinstance(part, list) else str(part) for part in value]
    return ("\n" if any(" " in part for part in parts) else ", ").join(parts)


def _is_short(head: list[dict]) -> bool:
    return all(row.keys() >= _LEAST_ABOUT for row in head)


def _convert_short(rows: Rows, notes: ExportNotes) -> Rows:
    for number, values, *problem in rows:
        if not problem:
            values = {name: _plain(value) for name, value in values.items() if name not in _ABOUT}
        yield number, values, *problem


EXPORT = Export(
    "a Label Studio export", "each task becomes a row with its data and its annotation", _matches, _convert, True
)
SHORT = Export(
    "a Label Studio export (JSON-MIN or CSV)",
    "columns about the annotation process, such as annotator and lead_time, are ignored",
    _is_short,
    _convert_short,
    is_row_by_row=True,
)
