"""The sample that an export is compared on: texts that break careless tokenizers, and questions with answers."""

from dataclasses import dataclass
from itertools import islice

from core.data.store.datasets import read_split, split_names
from core.examples.example import answer_text, is_worth_learning, messages_of, question_text, shape_of
from core.examples.template_fit import takes_turns
from core.specs import Shape, Split

CONVERSATIONS = 24
_LONGEST_TEXT = 2_000

TEXTS = (
    "The harbour wakes before the town does. Crates of ice are rolled along the quay, and the first boats come in "
    "with their lamps still lit. A buyer walks from stall to stall, lifts a gill with her thumb, and writes a price "
    "on a slip of paper. By seven the best of the catch is on its way to the city; by nine the stones have been "
    "washed, and only the gulls remember that anything happened here.",
    "To find the area of a triangle, multiply its base by its height and divide by two. A triangle with a base of "
    "12 cm and a height of 7.5 cm has an area of 45 square centimetres. If the height is doubled, the area is doubled "
    "too; if both are doubled, it is four times as large.",
    "Leaves are green because they take in red and blue light and send back what they do not need. In autumn the "
    "green fades first, and the yellows and reds that were there all summer can be seen at last.",
    "def mean(values):\n    if not values:\n\t\traise ValueError('empty')\n    return sum(values) / len(values)\n\n\n",
    "  two spaces before, two after  \n\n\n three lines on; a tab\there, an end\r\nof Windows. ",
    "1234567890 3.14159 -42 1,000,000 50% $9.99 (2+3)*4=20 a_b-c/d\\e | ~ ^ {} [] <> # @ & ; : ' \" ` !? ...",
    "naïve café, Zürich, smørrebrød, façade, El Niño; Привет, мир; Καλημέρα; שלום; مرحبا; नमस्ते",
    "東京の朝; 你好，世界; 안녕하세요",
    "½ × 2 → 1 … “quoted” – dashed — twice · ₂ ² € £ ¥ ✓ 🙂 👩‍🔬 🇨🇭",
)
"""Must get the same token ids, or nothing is exported."""

RARE_TEXTS = (
    "e\u0301 a\u0308 in two code points",
    "zero\u200bwidth, soft\u00adhyphen, no\u00a0break",
    "\ufb01 \u2460 \u3000",
)
"""Some tokenizers normalize these first (NFC, NFKC) and llama.cpp does not: differences are counted, not forbidden."""

_QUESTIONS = ("What is the area of a triangle?", "Why are leaves green?", "Tell me about a harbour, please.\nBriefly.")


@dataclass(frozen=True)
class Sample:
    """Plain texts, and chat messages with their expected answer (empty if none is known)."""

    texts: tuple[str, ...]
    rare_texts: tuple[str, ...]
    conversations: tuple[tuple[list[dict], str], ...]


def take_sample(dataset: str | None) -> Sample:
    """The built-in texts and, given a `dataset`, questions and answers of its test split, or of its first split.

    Raises NotFoundError or InputError for a folder that is not a dataset.
    """
    built_in = [([{"role": "user", "content": question}], "") for question in _QUESTIONS]
    if not dataset:
        return Sample(TEXTS, RARE_TEXTS, tuple(built_in))
    splits = split_names(dataset)
    split = Split.TEST if Split.TEST in splits else splits[0]
    examples = list(islice(filter(is_worth_learning, read_split(dataset, split)), CONVERSATIONS))
    if examples and shape_of(examples[0]) is Shape.TEXT:
        # ASCII only: rare characters are compared separately, and one stray character must not block an export.
        texts = [example["text"][:_LONGEST_TEXT] for example in examples if example["text"].isascii()]
        return Sample((*texts, *TEXTS), RARE_TEXTS, tuple(built_in))
    asked = [(_taking_turns(example), answer_text(example)) for example in examples]
    return Sample(TEXTS, RARE_TEXTS, (*asked, *built_in))


def _taking_turns(example: dict) -> list[dict]:
    """The messages that ask, in a form that every chat template renders: with other roles than user and assistant,
    they become one user message.
    """
    messages = messages_of(example)
    return messages if takes_turns(messages) else [{"role": "user", "content": question_text(example)}]
