"""Names under which a row or message says what it is called and which one it follows."""

from collections.abc import Iterable

from core.data.shapes.roles import plain_name

_PARENTS = ("parent id", "parent", "parent message id", "parent message", "parent uuid", "parent message uuid",
            "reply to", "reply to id", "in reply to", "in reply to id", "parent row")  # fmt: skip
_IDS = ("id", "message id", "uuid", "message uuid", "row id", "post id", "key")


def own_and_parent(names: Iterable[str]) -> tuple[str, str] | None:
    """The names, among these, of an id and of the parent's id; None where there are not both."""
    plain = {plain_name(name): name for name in names}
    parent = next((plain[name] for name in _PARENTS if name in plain), None)
    own = next((plain[name] for name in _IDS if name in plain and plain[name] != parent), None)
    return (own, parent) if own and parent else None
