"""The names of the metrics, and what each measures."""

LABELS = {
    "loss": "Loss",
    "perplexity": "Perplexity",
    "token_accuracy": "Token accuracy",
    "exact_match": "Exact match",
    "accuracy": "Right",
    "close": "Right or close",
    "f1": "Token F1",
    "rouge1": "ROUGE-1",
    "rouge2": "ROUGE-2",
    "rougeL": "ROUGE-L",
    "bleu": "BLEU",
    "mean_length": "Mean length, words",
}
PERPLEXITY = (
    "how many equally likely tokens the model hesitates between, on average. 1 is certain, below 10 is low, above 100 "
    "is high."
)
MEANINGS = {
    "loss": "How surprised the model is by the reference, in nats per token. Lower is better.",
    "perplexity": "The loss as a number of equally likely choices: 1 is certain. Lower is better.",
    "token_accuracy": "Share of the reference's tokens that were the model's first choice.",
    "exact_match": "Share of answers equal to the reference, character for character.",
    "accuracy": "Answers equal to the reference, ignoring case and punctuation.",
    "close": "Answers that share at least half their words with the reference.",
    "f1": "Words shared with the reference, in any order.",
    "rouge1": "Single words shared with the reference.",
    "rouge2": "Pairs of words shared with the reference.",
    "rougeL": "The longest common subsequence of words.",
    "bleu": "Runs of up to four words shared with the reference.",
    "mean_length": "How long the answers are.",
}
_MODELS = {"base": "Base model", "tuned": "Tuned", "gguf": "GGUF", "nearest": "Plain look-up"}


def model_label(name: str) -> str:
    """A model of a comparison in words: as the person named it, or what a default name stands for."""
    return _MODELS.get(name, name)
