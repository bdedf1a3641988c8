"""Who acts in a REST request: the built-in owner until people can sign in."""

from typing import Annotated

from fastapi import Depends

from storage.actors import OWNER, Actor


def actor() -> Actor:
    """The actor of the request being handled."""
    return OWNER


CurrentActor = Annotated[Actor, Depends(actor)]
