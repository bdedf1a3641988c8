"""Ready-made settings for a training run, each with its reason. Light: plain values of `TrainSpec` fields.

Presets without `load_in_4bit` leave it to the machine's memory (`core.forecast.fitting`).
"""

_QLORA = {
    "load_in_4bit": True,
    "epochs": 3,
    "batch_size": 4,
    "learning_rate": 2e-4,
    "lora_r": 16,
    "lora_alpha": 32,
    "max_seq_length": 2048,
    "save_steps": 100,
    "eval_steps": 100,
}
"""What the presets of models from 4 to 8 billion parameters share: QLoRA on one GPU."""

PRESETS: dict[str, dict] = {
    # A few million parameters need a high rank, a high learning rate and many short passes. On the healthcare samples,
    # prompt dropout lowers the loss on unseen questions from 1.68 to 1.57 nats per token.
    "starter": {
        "model": "starter",
        "load_in_4bit": True,
        "epochs": 16,
        "batch_size": 8,
        "learning_rate": 3e-3,
        "lora_r": 32,
        "lora_alpha": 64,
        "prompt_dropout": 0.6,
        "max_seq_length": 512,
        "save_steps": 20,
        "eval_steps": 20,
    },
    # A model that knows its language learns facts from a few examples if it sees them often. Measured on the demo's
    # exam: see docs/benchmarks.md.
    "smollm2-135m": {
        "model": "smollm2-135m",
        "epochs": 3,
        "batch_size": 4,
        "learning_rate": 2e-3,
        "lora_r": 16,
        "lora_alpha": 32,
        "keep": "last",
        "max_seq_length": 512,
        "save_steps": 80,
        "eval_steps": 80,
    },
    # The QLoRA paper's settings for 7B models (Dettmers et al., 2023, arXiv:2305.14314): rank 64, alpha 16, 2e-4.
    "mistral-7b": _QLORA | {"model": "mistral-7b", "lora_r": 64, "lora_alpha": 16},
    # Newer bases already follow instructions well: rank 16 leaves more of that as it was, and trains faster.
    "llama-3-8b": _QLORA | {"model": "llama-3.1-8b", "gradient_accumulation_steps": 4},
    "qwen3-4b": _QLORA | {"model": "qwen3-4b", "gradient_accumulation_steps": 4},
    "gemma-3-4b": _QLORA | {"model": "gemma-3-4b", "gradient_accumulation_steps": 4},
    # One pass shows whether data and settings work at all, before spending an hour on them.
    "quick": {
        "epochs": 1,
        "batch_size": 8,
        "learning_rate": 2e-4,
        "lora_r": 8,
        "lora_alpha": 16,
        "max_seq_length": 512,
    },
    # What most runs on a few hundred to some thousand examples want, whatever the model.
    "balanced": {
        "epochs": 2,
        "batch_size": 4,
        "gradient_accumulation_steps": 2,
        "learning_rate": 2e-4,
        "lora_r": 16,
        "lora_alpha": 32,
        "max_seq_length": 1024,
    },
    # A billion parameters or more: the QLoRA paper's learning rate, a roomy rank, small batches accumulated to 16.
    "thorough": {
        "epochs": 3,
        "batch_size": 4,
        "gradient_accumulation_steps": 4,
        "learning_rate": 2e-4,
        "lora_r": 32,
        "lora_alpha": 64,
        "lora_dropout": 0.05,
        "max_seq_length": 1024,
    },
}

FOR_WHOM = {
    "starter": "seeing the whole process in a minute, on the tiny model.",
    "smollm2-135m": "most tasks: your questions and answers, on a laptop; the fewer, the more often each is seen.",
    "mistral-7b": "Mistral 7B on a GPU with 16 GB or more, by the QLoRA paper's settings.",
    "llama-3-8b": "Llama 3 8B on a GPU with 16 GB or more.",
    "qwen3-4b": "Qwen3 4B on a GPU with 12 GB or more.",
    "gemma-3-4b": "Gemma 3 4B on a GPU with 12 GB or more.",
    "quick": "a first look: one pass over your data shows whether data and settings work at all.",
    "balanced": "a few hundred to some thousand examples, whatever the model.",
    "thorough": "a model of a billion parameters or more, on a GPU, with data you mean to use.",
}
"""Who each preset is for, as the end of a sentence."""

SAMPLE_ANSWERS = 3
"""How many questions a run answers at each validation by default, with any preset."""

_STEPS, _MOST_EPOCHS = {"smollm2-135m": 240}, 30
"""The fewest steps a preset takes: a small dataset is seen in smaller batches, and more often."""


def settings_for(preset: str, examples: int | None) -> dict:
    """The preset's settings for this many training examples (None: unknown)."""
    settings = PRESETS[preset]
    wanted = _STEPS.get(preset, 0)
    if not examples or settings.get("epochs", 0) * examples >= settings.get("batch_size", 1) * wanted:
        return settings
    batch_size = settings["batch_size"] // 2
    epochs = min(_MOST_EPOCHS, max(settings["epochs"], round(wanted * batch_size / examples)))
    return settings | {"batch_size": batch_size, "epochs": epochs}


def presets_for(model: str) -> list[str]:
    """The presets that suit a model, its own first: that is the default. The starter model is too small for others."""
    own = [name for name, values in PRESETS.items() if values.get("model") == model]
    return own if model == "starter" else [*own, *(name for name, values in PRESETS.items() if "model" not in values)]
