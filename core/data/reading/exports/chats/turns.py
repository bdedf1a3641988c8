"""Paths through trees of messages, and turns made of several messages."""

from collections.abc import Hashable, Mapping


def path_to(leaf: Hashable, parents: Mapping[Hashable, Hashable]) -> list:
    """The keys from the root to `leaf`, given every key's parent; stops at a cycle."""
    path: dict[Hashable, None] = {}
    while leaf in parents and leaf not in path:
        path[leaf] = None
        leaf = parents[leaf]
    return list(path)[::-1]


def merged_turns(messages: list[dict], between: str = "\n\n") -> list[dict]:
    """The messages with consecutive ones of the same role merged into one."""
    turns: list[dict] = []
    for message in messages:
        if turns and turns[-1]["role"] == message["role"]:
            texts = filter(None, (turns[-1]["content"], message["content"]))
            turns[-1] = {**turns[-1], **message, "content": between.join(texts)}
        else:
            turns.append(message)
    return turns
