"""Why a row is left out: the reasons, each with what the person can do about it."""

from enum import StrEnum


class Drop(StrEnum):
    """Why a row is left out, in words for the person."""

    NOT_AN_OBJECT = "not an object with named values"
    NOT_JSON = "not valid JSON"
    OTHER_FORM = "not of the form that the rest of the file has"
    BROKEN_QUOTES = "broken quotes"
    TOO_MANY_CELLS = "more cells than columns"
    NOT_TEXT = "a list or object where text is needed"
    NOT_A_CHAT = "no list of messages, each with a role and a text"
    MEDIA = "a picture, sound or file where the model reads text only"
    NO_WEIGHT = "a conversation whose answers all have weight 0"
    UNKNOWN_ROLE = "a message of an unknown role"
    NO_ANSWER_TURN = "a conversation without a turn of the assistant"
    NO_USER_TURN = "a conversation without a turn of the user"
    DIFFERENT_PROMPTS = "chosen and rejected answer different questions"
    SAME_ANSWERS = "chosen and rejected answer are the same"
    NO_WINNER = "no word on which of two answers is better"
    BAD_TOOLS = "tools that are no JSON list"
    NO_LABEL = "no label that says good or bad"
    NO_INSTRUCTION = "no instruction"
    NO_OUTPUT = "no output"
    NO_WORDS = "no letters or digits in instruction or output"
    REPEATED = "output only repeats the instruction"
    TOO_SHORT = "too few words"
    TOO_LONG = "too many words"
    PERSONAL_DATA = "personal data"
    LANGUAGE = "in a language that is not kept"
    EXCLUDED = "question stands in the training split that is excluded"
    DUPLICATE = "duplicate of an earlier example"
    NEAR_DUPLICATE = "near duplicate of another example"
    CONTRADICTING = "answers a question in another way than another example"
    LEAKING = "also stands in a split that is for checking"
    TOO_MANY_TOKENS = "more tokens than the model takes in"
    NOTHING_TO_LEARN = "no token of the answer is within what the model takes in"
    REFUSAL = "answer is a refusal"
    TRUNCATED = "answer breaks off"
    BY_HAND = "left out by you"


REMEDIES = {
    Drop.NOT_TEXT: "Name the text inside by a path, for example answers[0].text as the output.",
    Drop.NOT_A_CHAT: 'A conversation is a JSON list such as [{"role": "user", "content": "…"}, …].',
    Drop.MEDIA: "Give conversations of text alone; pictures and sounds cannot be learned from here.",
    Drop.NO_WEIGHT: "Give at least one answer of each conversation a weight of 1.",
    Drop.UNKNOWN_ROLE: "Call the roles system, user, assistant and tool.",
    Drop.NO_USER_TURN: "Nothing is asked in it: check who is the user, and the order of the messages.",
    Drop.NO_ANSWER_TURN: "Check that the messages hold answers, or say which column is the output.",
    Drop.NO_WINNER: "Say a or b, 1 or 2, or the name of the better answer's column; of a tie nothing can be learned.",
    Drop.BAD_TOOLS: "Tools are a JSON list of objects, each with a name and parameters.",
    Drop.NO_LABEL: "A label is true or false, 1 or 0, good or bad; of ratings say from which on one is good.",
    Drop.NO_INSTRUCTION: "Check which column is the instruction: it holds the questions.",
    Drop.NO_OUTPUT: "Check which column is the output: it holds the answers.",
    Drop.TOO_SHORT: "Allow fewer words, or give longer examples.",
    Drop.TOO_LONG: "Allow more words, or cut the texts into smaller pieces.",
    Drop.PERSONAL_DATA: "Redact personal data to keep these rows without it.",
    Drop.LANGUAGE: "Add their language to those that are kept.",
    Drop.BROKEN_QUOTES: "In CSV, a quote inside a quoted cell is written twice; save the file again as CSV.",
    Drop.TOO_MANY_CELLS: "In CSV, a cell that holds a comma stands in quotes; save the file again as CSV.",
}
