"""Column names for the id of a row or message, and for the id of the one it replies to."""

from collections.abc import Iterable

from core.examples.roles import plain_name

_PARENTS = ("parent id", "parent", "parent message id", "parent message", "parent uuid", "parent message uuid",
            "reply to", "reply to id", "in reply to", "in reply to id", "parent row", "parentid",
            "reply to message id", "antwort auf", "antwort auf id",
            "in response to", "in response to id", "in response to tweet id", "in reply to status id")  # fmt: skip
_IDS = ("id", "message id", "uuid", "message uuid", "row id", "post id", "key")


def own_and_parent(names: Iterable[str]) -> tuple[str, str] | None:
    """The names of the id and the parent id among `names`; None unless both exist."""
    names = list(names)
    parent = parent_among(names)
    own = [name for name in names if plain_name(name) in _IDS and name != parent]
    return (min(own, key=lambda name: _IDS.index(plain_name(name))), parent) if own and parent else None


def parent_among(names: Iterable[str]) -> str | None:
    """The name of the parent id among `names`."""
    plain = {plain_name(name): name for name in names}
    return next((plain[name] for name in _PARENTS if name in plain), None)
