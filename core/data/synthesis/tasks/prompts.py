"""The prompt of each synthesis task. Short and plain: small models follow such prompts, large ones need no more."""

from core.data.synthesis.tasks.answers import (
    Chat,
    Choices,
    Pairs,
    Wordings,
    chat_examples,
    choice_examples,
    pair_examples,
    reworded,
    rewritten,
)
from core.data.synthesis.tasks.task import Task

_PAIR_FORM = '{"examples": [{"question": "…", "answer": "…"}]}'
TASKS: dict[str, Task] = {
    "questions": Task(
        Pairs,
        "Write {count} question{s} that somebody could ask who has never seen the passage below, each with its full "
        "answer. Name what you ask about. Use only what the passage says; write in the language of the passage.",
        _PAIR_FORM, pair_examples, most=5, counted="examples",
    ),
    "chats": Task(
        Chat,
        "Write a conversation of two to four turns between a user, who has never seen the passage below, and an "
        "assistant, who answers from it. Later questions follow up on earlier answers. Use only what the passage says; "
        "write in the language of the passage.",
        '{"turns": [{"user": "…", "assistant": "…"}]}', chat_examples, most=1, counted=None,
    ),
    "preferences": Task(
        Choices,
        "Write {count} question{s} that somebody could ask who has never seen the passage below, each with a good "
        "answer, correct and complete by the passage, and a poor one that is wrong, vague or incomplete. Write in the "
        "language of the passage.",
        '{"examples": [{"question": "…", "good_answer": "…", "poor_answer": "…"}]}',
        choice_examples, most=4, counted="examples",
    ),
    "paraphrase": Task(
        Wordings,
        "Write {count} other way{s} to ask the question below: the same meaning and the same answer, other words.",
        '{"questions": ["…"]}', reworded, most=5, counted="questions",
    ),
    "translate": Task(
        Pairs,
        "Translate the question and the answer below into {language}. Keep names, numbers and code as they are.",
        _PAIR_FORM, rewritten, most=1, counted="examples",
    ),
    "harder": Task(
        Pairs,
        "Write {count} harder question{s} than the one below, about the same matter: with a condition, a comparison, "
        "or a further step of thought. Give the full, correct answer to each.",
        _PAIR_FORM, rewritten, most=3, counted="examples",
    ),
}  # fmt: skip
