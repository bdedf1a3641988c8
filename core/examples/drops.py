"""The reasons for leaving a row out, and what the user can do about each."""

from enum import StrEnum


class Drop(StrEnum):
    """Why a row is left out, in words for the user."""

    NOT_AN_OBJECT = "not an object with named values"
    NOT_JSON = "not valid JSON"
    OTHER_FORM = "not in the format of the rest of the file"
    BROKEN_QUOTES = "broken quotes"
    TOO_MANY_CELLS = "more cells than columns"
    NOT_TEXT = "a list or object where text is needed"
    NOT_A_CHAT = "not a list of messages, each with a role and a text"
    MEDIA = "an image, audio or another file, but the model reads text only"
    NO_WEIGHT = "a conversation whose answers all have weight 0"
    UNKNOWN_ROLE = "a message with an unknown role"
    NO_ANSWER_TURN = "a conversation without an assistant turn"
    NO_USER_TURN = "a conversation without a user turn"
    DIFFERENT_PROMPTS = "the chosen and the rejected answer belong to different questions"
    SAME_ANSWERS = "the chosen and the rejected answer are the same"
    NO_WINNER = "does not say which of the two answers is better"
    BAD_TOOLS = "tools are not a JSON list"
    NO_LABEL = "no label that says good or bad"
    NO_INSTRUCTION = "no instruction"
    NO_OUTPUT = "no output"
    NO_WORDS = "no letters or digits in instruction or output"
    REPEATED = "output only repeats the instruction"
    TOO_SHORT = "too few words"
    TOO_LONG = "too many words"
    PERSONAL_DATA = "personal data"
    LANGUAGE = "in a language that is not kept"
    EXCLUDED = "question is in the excluded training split"
    DUPLICATE = "duplicate of an earlier example"
    NEAR_DUPLICATE = "near duplicate of another example"
    CONTRADICTING = "contradicts another example's answer to the same question"
    LEAKING = "also in a held-out split"
    TOO_MANY_TOKENS = "more tokens than the model reads"
    NOTHING_TO_LEARN = "the answer begins beyond the tokens that the model reads"
    REFUSAL = "answer is a refusal"
    TRUNCATED = "answer is cut off"
    BY_HAND = "left out by you"


REMEDIES = {
    Drop.NOT_TEXT: "Give a path to the text inside, for example answers[0].text as the output.",
    Drop.NOT_A_CHAT: 'A conversation is a JSON list such as [{"role": "user", "content": "…"}, …].',
    Drop.MEDIA: "Use text-only conversations; the studio cannot train on images or audio.",
    Drop.NO_WEIGHT: "Give at least one answer in each conversation a weight of 1.",
    Drop.UNKNOWN_ROLE: "Call the roles system, user, assistant and tool.",
    Drop.NO_USER_TURN: "It asks nothing: check who the user is, and the order of the messages.",
    Drop.NO_ANSWER_TURN: "Check that the messages include answers, or say which column is the output.",
    Drop.NO_WINNER: "Write a or b, 1 or 2, or the name of the better answer's column; a tie teaches nothing.",
    Drop.BAD_TOOLS: "Tools are a JSON list of objects, each with a name and parameters.",
    Drop.NO_LABEL: "A label is true or false, 1 or 0, good or bad; for ratings, set the lowest that counts as good.",
    Drop.NO_INSTRUCTION: "Check which column is the instruction: it holds the questions.",
    Drop.NO_OUTPUT: "Check which column is the output: it holds the answers.",
    Drop.TOO_SHORT: "Allow fewer words, or provide longer examples.",
    Drop.TOO_LONG: "Allow more words, or cut the texts into smaller pieces.",
    Drop.PERSONAL_DATA: "Redact personal data to keep these rows without it.",
    Drop.LANGUAGE: "Add their language to the languages to keep.",
    Drop.BROKEN_QUOTES: "In CSV, a quote inside a quoted field is doubled; save the file as CSV again.",
    Drop.TOO_MANY_CELLS: "In CSV, a field that contains a comma needs quotes; save the file as CSV again.",
}
