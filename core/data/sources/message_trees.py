"""Joins rows that are single messages: each tree becomes one conversation along its best-ranked replies."""

from collections.abc import Iterator

from core.data.rows import Row
from core.data.shapes.conversation_columns import MESSAGES
from core.data.sources.tree_rows import TreeRows
from core.examples.paths import reader
from core.examples.roles import plain_name
from core.examples.speakers import role_by_name, role_of, speaker_reader
from core.examples.texts import number_of, text_of

RANK, DELETED = "rank", "deleted"


class MessageTrees(TreeRows):
    """Trees of messages, each of which becomes one conversation."""

    def __init__(self, names: tuple[str, str], said: tuple[str, str], columns: list[str], facts: dict[str, object]):
        super().__init__(names, columns, facts)
        self._role, self._content = speaker_reader(said[0]), reader(said[1])
        self._unknown = 0
        self._how = f"each row is one message; rows are joined by {names[1]!r}, following the best-ranked replies"

    def conversations(self, rows: Iterator[Row]) -> Iterator[Row]:
        """A row for each tree, after the rows that belong to none."""
        self._note(self._how, {})
        yield from self._read(rows)
        left_answers = left_turns = 0
        seen: set[str] = set()
        for root in filter(self._is_kept, self._roots):
            messages, key = [], root
            while key:
                seen.add(key)
                messages.append(self._message(key, root))
                following = [
                    other for other in self._following.get(key, ()) if other not in seen and self._is_kept(other)
                ]
                key = min(following, key=self._rank, default="")
                others = [other for other in following if other != key]
                seen.update(others)
                answers = sum(self._message(other, root)["role"] == "assistant" for other in others)
                left_answers, left_turns = left_answers + answers, left_turns + len(others) - answers
            yield Row(self._rows[root].number, {**self._beside(root), MESSAGES: messages})
        self._note(self._how, {
            "alternative answers left out (ranked lower, or later if there are no ranks)": left_answers,
            "other questions to the same answer left out": left_turns,
            "messages left out because the one they reply to is left out or missing": len(self._rows) - len(seen),
            "messages of unknown speakers: who opened is taken as the user, all others as the assistant":
                self._unknown,
        })  # fmt: skip

    def _message(self, key: str, root: str) -> dict:
        """The message at `key`, in the tree of `root`."""
        name, began = (text_of(self._role(self._rows[one].values)) or "" for one in (key, root))
        role = role_of({"role": name}) or role_by_name(name)
        if name and not role:
            self._unknown += 1
            role = "user" if name == began else "assistant"
        return {"role": role, "content": self._content(self._rows[key].values)}

    def _rank(self, key: str) -> float:
        rank = next((value for name, value in self._rows[key].values.items() if plain_name(name) == RANK), None)
        found = number_of(rank)
        return float("inf") if found is None else found

    def _is_kept(self, key: str) -> bool:
        values = self._rows[key].values
        return not any(
            value is True or value == "True" for name, value in values.items() if plain_name(name) == DELETED
        )
