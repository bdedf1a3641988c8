"""Who acts on a page: the built-in owner until people can sign in."""

from storage.actors import OWNER, Actor


def actor() -> Actor:
    """The actor of this browser session; call it each time, as fragments and callbacks run without their page."""
    return OWNER
