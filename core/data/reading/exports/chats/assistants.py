"""Decides which speaker in a chat is the assistant."""

from collections import Counter

from core.data.reading.exports.chats.grouping import Message

_MANY = 0.5


def assistant_in(groups: list[list[Message]]) -> tuple[str, str]:
    """The speaker who answers, and why: a bot, or whoever answers most and opens and asks least."""
    score: Counter[str] = Counter()
    bots = set()
    for group in groups:
        score[group[0].speaker] -= 1
        for one, other in zip(group, group[1:], strict=False):
            score[other.speaker] += one.speaker != other.speaker
        for message in group:
            score[message.speaker] -= message.text.rstrip().endswith("?")
        bots |= {message.speaker for message in group if message.is_bot}
    best = max(score, key=lambda speaker: score[speaker])
    answering = [bot for bot in bots if score[bot] > 0 and score[bot] >= score[best] * _MANY]
    if answering:
        return max(answering, key=lambda bot: score[bot]), "it is a bot that answers"
    return best, "that speaker answers most, and opens and asks least"
