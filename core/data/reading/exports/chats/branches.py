"""Conversations kept as trees: of each message what came before it. One way through them is the conversation."""

from collections.abc import Hashable, Mapping


def way_to(leaf: Hashable, parents: Mapping[Hashable, Hashable]) -> list:
    """The keys from the root to `leaf`, given the parent of each; it ends where a key comes again."""
    way: dict[Hashable, None] = {}
    while leaf in parents and leaf not in way:
        way[leaf] = None
        leaf = parents[leaf]
    return list(way)[::-1]


def joined(messages: list[dict], between: str = "\n\n") -> list[dict]:
    """The messages with those that one speaker says in a row put together."""
    turns: list[dict] = []
    for message in messages:
        if turns and turns[-1]["role"] == message["role"]:
            texts = filter(None, (turns[-1]["content"], message["content"]))
            turns[-1] = {**turns[-1], **message, "content": between.join(texts)}
        else:
            turns.append(message)
    return turns
