"""Preparing requests in this process, where a test does without a desk."""


def prepared_here(engine):
    """What `build_router` takes to make requests ready for `engine`."""

    async def prepare(context_length, *asked, **tools):
        return engine.prepared(*asked, **tools)

    return prepare
