"""Answers that programs read: JSON, against a schema and the reference; tool calls, by name and arguments."""

import json
from collections import Counter
from typing import Any

import numpy as np

from core.answers.json_texts import NOT_JSON, canonical, common_schema, json_in, schema_check
from core.evaluation.metrics.measure import LocalMetric, Measure, Measures
from core.examples.messages import message_from_text
from core.inference.tool_calls import ToolCallWatch


class JsonAnswers(LocalMetric):
    """valid_json: the answer as a whole is JSON (RFC 8259). json_match: it equals the reference as a JSON value.

    schema_match: it satisfies `schema` (draft 2020-12, by jsonschema), by default what the references have in common:
    types, keys that all have, no key that none has; then examples whose reference is no object or array do not count.
    """

    def _compute(self, predictions: list[str], references: list[str], schema: dict | None = None) -> Measures:
        expected = [value if is_json(value := json_in(text)) else NOT_JSON for text in references]
        fits = schema_check(schema or common_schema([value for value in expected if value is not NOT_JSON]))
        scores = np.full((len(predictions), 3), np.nan)
        for row, (text, wanted) in enumerate(zip(predictions, expected, strict=True)):
            if schema or wanted is not NOT_JSON:
                said = json_in(text)
                valid, comparable = said is not NOT_JSON, wanted is not NOT_JSON
                same = valid and canonical(said) == canonical(wanted) if comparable else np.nan
                scores[row] = valid, valid and fits(said), same
        names = ("valid_json", "schema_match", "json_match")
        return {name: Measure(column) for name, column in zip(names, scores.T, strict=True)}


def is_json(value: Any) -> bool:
    """Whether a parsed text is an object or an array: `7` and `true` are JSON too, but hardly meant as such."""
    return isinstance(value, (dict, list))


class ToolCalls(LocalMetric):
    """tool_name_match: the answer calls the tools of the reference, whatever the order and the arguments.

    tool_call_match: with the same arguments too, as JSON values. A reference without calls is matched by an answer
    without any. `tools` are the definitions offered, as JSON; examples without tools do not count.
    """

    COLUMNS = {"predictions": "string", "references": "string", "tools": "string"}

    def _compute(self, predictions: list[str], references: list[str], tools: list[str]) -> Measures:
        scores = np.full((len(predictions), 2), np.nan)
        for row, (text, reference, offered) in enumerate(zip(predictions, references, tools, strict=True)):
            if offered:
                said, wanted = _calls_said(text, json.loads(offered)), _calls_expected(reference)
                names = [Counter(call["name"] for call in calls) for calls in (said, wanted)]
                whole = [Counter(map(canonical, calls)) for calls in (said, wanted)]
                scores[row] = names[0] == names[1], whole[0] == whole[1]
        columns = scores.T
        return {"tool_name_match": Measure(columns[0]), "tool_call_match": Measure(columns[1])}


def _calls_said(answer: str, tools: list[dict]) -> list[dict]:
    """Calls as serving reads them: in any format that a chat template uses."""
    watch = ToolCallWatch(tools)
    watch.push(answer)
    return watch.rest()[1]


def _calls_expected(reference: str) -> list[dict]:
    calls = message_from_text(reference).get("tool_calls", ())
    return [{"name": call["function"]["name"], "arguments": call["function"]["arguments"]} for call in calls]
