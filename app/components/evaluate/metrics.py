"""What each metric is called and what it says."""

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
    "among how many equally likely tokens the model wavers at each step. 1 is never surprised, below 10 low, above 100 "
    "high."
)


MEANINGS = {
    "loss": "How surprised the model is by the right answer, per token. Lower is better.",
    "perplexity": "The loss as a number of choices: 1 is certain. Lower is better.",
    "token_accuracy": "Share of the right answer's tokens that were the model's first choice.",
    "exact_match": "Share of answers equal to the reference, character for character.",
    "accuracy": "Answers that are the reference, whatever the case and the punctuation.",
    "close": "Answers that share half of their words with the reference, or more.",
    "f1": "Words shared with the reference, whatever their order.",
    "rouge1": "Single words shared with the reference.",
    "rouge2": "Pairs of words shared with the reference.",
    "rougeL": "The longest common sequence of words.",
    "bleu": "Runs of up to four words shared with the reference.",
    "mean_length": "How long the answers are.",
}


ROLES = {"base": "Base model", "tuned": "Tuned", "gguf": "GGUF", "nearest": "Plain look-up"}
