"""Joins rows that are questions with answers: each leaf keeps its row and gets the turns before it as history."""

from collections.abc import Iterator

from core.data.rows import Row
from core.data.sources.tree_rows import TreeRows
from core.examples.paths import reader
from core.examples.texts import text_of

HISTORY = "history"
"""The column with the turns before a question."""


class QuestionTrees(TreeRows):
    """Trees of questions with answers; every leaf becomes a row with the turns before it."""

    def __init__(self, names: tuple[str, str], mapping: dict[str, str], columns: list[str], facts: dict[str, object]):
        super().__init__(names, columns, facts)
        self._read_role = {role: reader(path) for role, path in mapping.items()}
        self._how = f"rows are joined by {names[1]!r}: earlier turns come before a question in one conversation"

    def conversations(self, rows: Iterator[Row]) -> Iterator[Row]:
        """A row for each leaf, after the rows that belong to no tree."""
        self._note(self._how, {})
        yield from self._read(rows)
        reached = 0
        stack: list[tuple[str, list[dict]]] = [(root, []) for root in reversed(self._roots)]
        while stack:
            key, before = stack.pop()
            reached += 1
            following = self._following.get(key, ())
            if not following:
                yield Row(self._rows[key].number, {**self._beside(key), HISTORY: before})
            here = [*before, *self._turns(key)]
            stack += [(other, here) for other in reversed(following)]
        self._note(
            self._how,
            {"rows left out because the one they reply to is missing": len(self._rows) - reached},
        )

    def _turns(self, key: str) -> list[dict]:
        values = self._rows[key].values
        texts = {role: text_of(read(values)) or "" for role, read in self._read_role.items()}
        asked = "\n".join(filter(None, [texts["instruction"], texts.get("input")]))
        return [{"role": "user", "content": asked}, {"role": "assistant", "content": texts["output"]}]
