"""Who acts: whose rows a call creates, reads and changes. Another owner's rows are not found, listed or changed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """The owner for whom a page, a request or a command acts."""

    owner_id: str


OWNER = Actor("owner")
"""The one built-in owner, until people can sign in."""
