"""Applies changes made by hand to the rows of a dataset on their way into the next version."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from core.data.rows import Row
from core.errors import InputError
from core.examples.drops import Drop
from core.specs import Change, Split

_DONE = {
    "drop": "dropped", "edit": "edited", "add": "added", "tag": "tagged", "untag": "untagged", "move": "moved",
}  # fmt: skip
_ROWS_NAMED = 5


class Revision:
    """The changes of one version. Rows keep their ids; an added row gets one that no earlier version has used."""

    def __init__(self, changes: Iterable[Change], columns: Iterable[str], next_row: int = 1):
        """`columns` are those that a row may have, `next_row` comes from the parent. Raises InputError for others."""
        self.next_row = next_row
        self.touched: set[int] = set()
        """Rows with texts written by hand, which must not be dropped silently."""
        self._added = [change for change in changes if change.kind == "add"]
        self._by_row: dict[int, list[Change]] = defaultdict(list)
        self._counts: Counter[str] = Counter()
        allowed = set(columns)
        for change in changes:
            if unknown := change.values.keys() - allowed:
                raise InputError(
                    f"The dataset has no column {', '.join(map(repr, sorted(unknown)))}.",
                    f"Its columns are: {', '.join(sorted(allowed))}.",
                )
            self._counts[change.kind] += 1 if change.kind == "add" else len(change.rows)
            for row in () if change.kind == "add" else change.rows:
                self._by_row[row].append(change)

    def apply(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows after the changes. Raises InputError at the end when a changed row does not exist."""
        waiting = set(self._by_row)
        for row in rows:
            self.next_row = max(self.next_row, row.number + 1)
            if row.number in self._by_row:
                waiting.discard(row.number)
                row = self._changed(row)
            yield row
        if waiting:
            named = ", ".join(map(str, sorted(waiting)[:_ROWS_NAMED]))
            raise InputError(
                f"{len(waiting)} changed rows are not in the dataset: {named}{', …' if len(waiting) > 5 else ''}.",
                "Open the newest version and change that.",
            )
        for change in self._added:
            self.touched.add(self.next_row)
            self.next_row += 1
            yield Row(self.next_row - 1, {**change.values, "split": change.split or Split.TRAIN})

    def in_words(self) -> list[str]:
        """A summary, such as ["2 rows edited"]."""
        return [f"{count:,} {'row' if count == 1 else 'rows'} {_DONE[kind]}" for kind, count in self._counts.items()]

    def _changed(self, row: Row) -> Row:
        values = dict(row.values)
        for change in self._by_row[row.number]:
            if change.kind == "drop":
                return Row(row.number, values, Drop.BY_HAND)
            if change.kind == "edit":
                values |= change.values
                self.touched.add(row.number)
            elif change.kind == "move":
                values["split"] = change.split or Split.TRAIN
            else:
                values["tags"] = _tagged(values.get("tags") or "", change)
        return Row(row.number, values)


def _tagged(tags: str, change: Change) -> str:
    """`tags` with the tag of `change` added or removed. Tags have no spaces."""
    tag = "-".join(change.tag.replace(",", " ").split())
    others = [other for other in tags.split(", ") if other and other != tag]
    return ", ".join([*others, tag] if change.kind == "tag" else others)
