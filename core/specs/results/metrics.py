"""The metrics of an evaluation: their names, what each measures in a sentence, and which way is better."""

from typing import NamedTuple


class Metric(NamedTuple):
    """A metric as a person reads it."""

    label: str
    meaning: str
    better: int = 1
    """1 if more is better, −1 if less is, 0 if neither."""
    is_share: bool = True
    """Whether it lies between 0 and 1."""


CLOSE = 0.5
"""Token F1 from which a long answer counts as close to its reference."""

METRICS: dict[str, Metric] = {
    "loss": Metric(
        "Loss", "How surprised the model is by the reference, in nats per token. Lower is better.", -1, False
    ),
    "perplexity": Metric(
        "Perplexity", "The loss as a number of equally likely choices: 1 is certain. Lower is better.", -1, False
    ),
    "bits_per_byte": Metric(
        "Bits per byte",
        "How surprised the model is by the reference, in bits per byte of text: comparable whatever the tokenizer. "
        "Lower is better.",
        -1,
        False,
    ),
    "token_accuracy": Metric("Token accuracy", "Share of the reference's tokens that were the model's first choice."),
    "exact_match": Metric("Exact match", "Share of answers equal to the reference, character for character."),
    "accuracy": Metric("Right", "Answers equal to the reference, ignoring case and punctuation."),
    "close": Metric("Right or close", "Answers that share at least half their words with the reference."),
    "balanced_accuracy": Metric(
        "Right, by label", "The mean over labels of the share that is right: rare labels count as much as common ones."
    ),
    "macro_f1": Metric("Macro F1", "The mean over labels of F1, which also counts how often a label is given wrongly."),
    "number_match": Metric("Number match", "Answers whose last number equals the reference's."),
    "tool_call_match": Metric("Tool calls", "Answers that call the reference's tools with the same arguments."),
    "tool_name_match": Metric("Tools called", "Answers that call the reference's tools, whatever the arguments."),
    "json_match": Metric("JSON match", "Answers equal to the reference as JSON values, whatever the order of keys."),
    "schema_match": Metric(
        "Schema match", "Answers that satisfy the JSON schema, by default what all references have in common."
    ),
    "valid_json": Metric("Valid JSON", "Answers that are JSON as a whole."),
    "f1": Metric("Token F1", "Words shared with the reference, in any order."),
    "rouge1": Metric("ROUGE-1", "Single words shared with the reference."),
    "rouge2": Metric("ROUGE-2", "Pairs of words shared with the reference."),
    "rougeL": Metric("ROUGE-L", "The longest common subsequence of words."),
    "rougeLsum": Metric("ROUGE-Lsum", "The same line by line, as for summaries."),
    "bleu": Metric("BLEU", "Runs of up to four words shared with the reference."),
    "chrf": Metric("chrF", "Runs of up to six characters shared with the reference: forgives endings of words."),
    "meteor": Metric(
        "METEOR", "Words shared with the reference, by their English stems too, with a penalty for another order."
    ),
    "semantic_similarity": Metric(
        "Semantic similarity", "How near the meaning is to the reference's, as an embedding model sees it."
    ),
    "distinct_1": Metric("Distinct words", "Different words over all words in all answers: low if they are alike.", 0),
    "distinct_2": Metric("Distinct pairs", "The same of pairs of words.", 0),
    "repetition": Metric(
        "Repetition", "Share of an answer's runs of four words that it has used before. Lower is better.", -1
    ),
    "mean_length": Metric("Mean length, words", "How long the answers are.", 0, False),
    "length_ratio": Metric("Length ratio", "Tokens of the answers over tokens of the references.", 0, False),
    "ended": Metric("Ended", "Answers that end by themselves, not at the maximum length."),
    "refusals": Metric("Refusals", "Answers that refuse, such as “I cannot help with that”. Lower is better.", -1),
}
"""By name, in the order in which they are listed."""


def metric(name: str) -> Metric:
    """The metric of this name; one of an older or newer version goes by its name."""
    return METRICS.get(name) or Metric(name, "A metric that this version does not know.", 0, False)
