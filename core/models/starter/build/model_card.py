"""Saves a newly trained starter model and writes its model card: measurements, origin of the text, random samples."""

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

from core.models.starter.build.corpus import SOURCE_NOTE
from core.models.starter.build.documents import Document
from core.models.starter.build.held_out import HeldOutFigures, measure
from core.models.starter.build.recipe import Recipe
from core.models.starter.build.tokenizer import END_TOKEN, ROLE_TOKENS

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

SAMPLE_COUNT = 20
SAMPLE_TOKENS = 60


def save_model(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", folder: Path) -> None:
    """Writes float16 weights, the config and the generation config beside the tokenizer."""
    import torch
    from transformers import GenerationConfig

    half = model.to(torch.float16)
    half.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    half.save_pretrained(folder)
    model.to(torch.float32)


def draw_samples(
    model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", held_out: list[Document], seed: int
) -> list[tuple[str, str]]:
    """Random (prompt, continuation) pairs: openings of held-out prose and questions of held-out chats."""
    import torch

    rng = random.Random(seed)
    prose = [document for document in held_out if document.turns[0][0] is None]
    chats = [document for document in held_out if document.turns[0][0] == "user"]
    prompts = [(" ".join(d.text.split()[:12]), "") for d in rng.sample(prose, min(SAMPLE_COUNT // 2, len(prose)))]
    rest = rng.sample(chats, min(SAMPLE_COUNT - len(prompts), len(chats)))
    prompts += [
        (d.turns[0][1], f"{ROLE_TOKENS['user']}{d.turns[0][1]}{END_TOKEN}{ROLE_TOKENS['assistant']}") for d in rest
    ]
    torch.manual_seed(seed)
    samples = []
    for shown, prompt in prompts:
        ids = tokenizer(prompt or shown, return_tensors="pt")["input_ids"][:, -256:]
        output = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=SAMPLE_TOKENS, do_sample=True, temperature=0.7,
            top_p=0.9, eos_token_id=[tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids("</s>")],
        )  # fmt: skip
        samples.append((shown, tokenizer.decode(output[0, ids.shape[1] :], skip_special_tokens=True)))
    return samples


def _table(figures: HeldOutFigures) -> list[str]:
    names = list(figures.bits_per_byte["all"])
    lines = ["| held-out text | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for part, values in figures.bits_per_byte.items():
        lines.append(f"| {part} | " + " | ".join(f"{values[name]:.3f}" for name in names) + " |")
    return lines


def _quoted(text: str) -> str:
    return "> " + " ".join(text.split()).replace("<", "&lt;")


def write_card(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    processor: "SentencePieceProcessor",
    training: list[Document],
    held_out: list[Document],
    summary: dict[str, float],
    recipe: Recipe,
    weights: dict[Path, float],
    output: Path,
) -> HeldOutFigures:
    """Measures the model and writes README.md (for people) and figures.json (for tools) into `output`."""
    figures = measure(model, processor, training, held_out)
    overall = figures.bits_per_byte["all"]
    best_ngram = min(value for name, value in overall.items() if name != "model")
    notes = [note.read_text(encoding="utf-8") for folder in weights if (note := folder / SOURCE_NOTE).is_file()]
    samples = draw_samples(model, tokenizer, held_out, recipe.seed)
    lines = [
        "# Starter model",
        "",
        f"A small Llama-architecture base model: {model.num_parameters() / 1e6:.1f} million parameters, "
        f"{recipe.layers} layers of width {recipe.hidden_size}, {len(tokenizer)} SentencePiece pieces, context of "
        f"{tokenizer.model_max_length} tokens, float16. Trained from scratch for {summary['seconds'] / 60:.0f} minutes "
        f"of CPU on {summary['tokens'] / 1e6:.1f} million tokens ({summary['steps']} steps).",
        "",
        "## What it is for",
        "",
        "For trying every step from data to a chat on a machine without a GPU: it fine-tunes in a minute or two, and",
        "answers questions of the kind it was tuned on. It is a starting point for tuning, not an assistant.",
        "",
        "## What it cannot do",
        "",
        "Untuned, it writes text that looks like English and is mostly untrue. It knows no facts reliably, cannot",
        "reason, count, translate or write programs, follows no instructions it was not tuned on, and reads English",
        "only. With greedy decoding it may repeat itself endlessly. It was trained on web text and may repeat its",
        "prejudices. Do not use it for advice of any kind.",
        "",
        "## Held-out bits per byte",
        "",
        f"Measured on {figures.byte_count:,} bytes of {len(held_out)} documents kept out of training; lower is better. "
        "The 5-gram models (modified interpolated Kneser-Ney) were trained on the same documents as the model.",
        "",
        *_table(figures),
        "",
        f"The model: {overall['model']:.3f}. The better 5-gram: {best_ngram:.3f}.",
        "",
        "## Corpus",
        "",
        f"{len(training)} documents, {sum(document.byte_count for document in training) / 1e6:.1f} MB of text after "
        "cleaning, removal of repeated lines and a filter for running English.",
        "",
        *("".join(notes).splitlines() or ["The corpus folders have no note about where their text is from."]),
        "",
        "## Format",
        "",
        "`<s>` and then, for every message, `<|role|>content<|end|>` (role: system, user or assistant), without spaces "
        "or line breaks between; an answer begins after `<|assistant|>` and ends with `<|end|>`. "
        "Prose was trained as `<s>text</s>`.",
        "",
        "## Rebuild it",
        "",
        "With a folder of text for each source named above:",
        "",
        "```",
        f"python -m core.models.starter.build.build_starter --corpus {' '.join(folder.name for folder in weights)} \\",
        f"    --weights {' '.join(f'{weight:g}' for weight in weights.values())} --output starter "
        f"--minutes {recipe.minutes:g}",
        "```",
        "",
        "`corpus-8grams.bin` holds every run of 8 words of the corpus as a Bloom filter",
        "(`core.models.starter.build.corpus_filter`):",
        "anyone can check that the examples used to evaluate a tuned model are not in it.",
        "",
        f"## {len(samples)} random samples, not selected",
        "",
        "Temperature 0.7, top-p 0.9. The prompt is an opening or a question from the held-out documents.",
    ]
    for number, (prompt, continuation) in enumerate(samples, start=1):
        lines += ["", f"{number}. **{' '.join(prompt.split())[:300].replace('<', '&lt;')}**", "", _quoted(continuation)]
    (output / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (output / "figures.json").write_text(
        json.dumps({"bits_per_byte": figures.bits_per_byte, "held_out_bytes": figures.byte_count, **summary}, indent=2)
        + "\n"
    )
    return figures
