"""Who acts on the command line: the built-in owner until people can sign in."""

from storage.actors import OWNER, Actor


def actor() -> Actor:
    """The actor of this command."""
    return OWNER
