"""Rebuilds the starter model from folders of text: `python -m core.models.starter.build.build_starter --help`.

Corpus, tokenizer, training, measurement and model card, in this order, each with a line of progress. A build that was
stopped resumes from its last checkpoint if it is started again with the same output folder.
"""

import argparse
import json
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import TunewrightError
from core.models.starter.build.corpus import excluded_windows, read_corpus, split_corpus
from core.models.starter.build.corpus_filter import FILTER_FILE, filter_of
from core.models.starter.build.documents import Document
from core.models.starter.build.pretrain import pretrain
from core.models.starter.build.recipe import Recipe, TokenStreams, new_model
from core.models.starter.build.tokenizer import encode_document, load_processor, train_tokenizer

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

HELD_OUT_SHARE = 0.02


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def token_stream(documents: list[Document], processor: "SentencePieceProcessor", seed: int) -> np.ndarray:
    """The token ids of all documents in random order, uint16, (tokens,)."""
    shuffled = random.Random(seed).sample(documents, len(documents))
    return np.array([token for document in shuffled for token in encode_document(processor, document)], dtype=np.uint16)


def build(
    weights: dict[Path, float],
    output: Path,
    recipe: Recipe,
    *,
    vocabulary_size: int = 4096,
    exclude: Path | None = None,
) -> Path:
    """Writes a complete model folder to `output` and returns it; working files stay in `<output>.work`.

    `weights` are the folders of text, and how often each is drawn from in training. Raises TunewrightError if there is
    too little text.
    """
    work = output.with_name(output.name + ".work")
    work.mkdir(parents=True, exist_ok=True)
    _say("Reading and cleaning the corpus.")
    documents = read_corpus(list(weights), excluded_windows(exclude) if exclude else set())
    training, held_out = split_corpus(documents, HELD_OUT_SHARE)
    if not training or not held_out:
        raise TunewrightError(
            f"{len(documents)} documents are too few to hold some out.", "Provide more text, in several files."
        )
    _say(f"{len(training)} documents to train on, {len(held_out)} held out.")
    if not (output / "tokenizer.model").exists():
        _say(f"Training a tokenizer of {vocabulary_size} pieces.")
        train_tokenizer((text for document in training for _, text in document.turns), output, vocabulary_size)
    processor = load_processor(output)
    streams = []
    for folder, weight in weights.items():
        part = [document for document in training if document.source == folder.name]
        streams.append(token_stream(part, processor, recipe.seed))
        _say(f"{folder.name}: {len(streams[-1])} tokens, drawn with weight {weight:g}.")

    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(output)
    model = new_model(recipe, tokenizer)
    _say(f"Training {model.num_parameters() / 1e6:.1f}M parameters for {recipe.minutes:g} minutes.")
    summary = pretrain(model, TokenStreams(streams, list(weights.values()), recipe), recipe, work / "checkpoint.pt")
    _say(f"{summary['steps']} steps, {summary['tokens'] / 1e6:.1f}M tokens, loss {summary['loss']:.3f}.")

    from core.models.starter.build.model_card import save_model, write_card

    save_model(model, tokenizer, output)
    filter_of(document.text for document in documents).save(output / FILTER_FILE)
    _say("Measuring against the 5-gram model and writing the card.")
    write_card(model, tokenizer, processor, training, held_out, summary, recipe, weights, output)
    _say(f"Done: {output}")
    return output


def main() -> int:
    """Runs the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, nargs="+", required=True, help="folders of text, each one source")
    parser.add_argument("--weights", type=float, nargs="+", help="relative frequency of each folder (default: equal)")
    parser.add_argument("--output", type=Path, required=True, help="the model folder to write")
    parser.add_argument("--minutes", type=float, default=60, help="training time")
    parser.add_argument("--vocabulary-size", type=int, default=4096)
    parser.add_argument("--exclude", type=Path, help="examples (.jsonl) whose runs of 8 words are cut from the corpus")
    parser.add_argument("--threads", type=int, help="threads of the training (default: PyTorch's choice)")
    arguments = parser.parse_args()
    weights = arguments.weights or [1.0] * len(arguments.corpus)
    if len(weights) != len(arguments.corpus):
        parser.error("--weights needs one number for each folder of --corpus")
    if arguments.threads:
        import torch

        torch.set_num_threads(arguments.threads)
    try:
        build(
            dict(zip(arguments.corpus, weights, strict=True)),
            arguments.output,
            Recipe(minutes=arguments.minutes),
            vocabulary_size=arguments.vocabulary_size,
            exclude=arguments.exclude,
        )
    except TunewrightError as error:
        print(json.dumps({"error": error.message, "remedy": error.remedy}), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
