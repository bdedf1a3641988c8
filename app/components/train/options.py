"""The training settings that are a choice or a switch: what is trained, schedule, optimizer, precision, kernels."""

import streamlit as st

from app.components.form import Form

CHOICES = {
    "lr_scheduler": (
        "Learning-rate schedule",
        "How the learning rate falls after warm-up.",
        {
            "cosine": "Cosine decay",
            "linear": "Linear decay",
            "constant": "Constant",
            "warmup_stable_decay": "Constant, then a short decay",
        },
    ),
    "optimizer": (
        "Optimizer",
        "8 bits need a quarter of the memory for its state; paged ones move it out of a full GPU.",
        {
            "adamw": "AdamW",
            "adamw_8bit": "AdamW, 8 bits",
            "paged_adamw": "AdamW, paged (GPU)",
            "paged_adamw_8bit": "AdamW, 8 bits, paged (GPU)",
        },
    ),
    "precision": (
        "Precision",
        "What is computed in. Automatic is bfloat16 where this machine multiplies it faster, else float32.",
        {"auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16", "float16": "float16 (GPU)"},
    ),
    "gradient_checkpointing": (
        "Gradient checkpointing",
        "Computes activations again in the backward pass instead of keeping them: less memory, a third more time.",
        {None: "For large models", True: "On", False: "Off"},
    ),
}
SWITCHES = {
    "use_rslora": ("rsLoRA", "Scales the adapter by alpha divided by the root of its rank: for ranks of 64 and more."),
    "use_dora": ("DoRA", "Trains lengths and directions of weights apart. Learns a little more; takes longer."),
    "load_in_8bit": ("8-bit base model", "Instead of 4 bits: more memory, closer to the original weights."),
    "use_liger": ("Liger kernels", "Fused kernels for a GPU: faster, less memory. Needs the package liger-kernel."),
}
TUNING = {"adapter": "An adapter (LoRA)", "full": "All weights"}
WHAT_LEARNS = (
    "An adapter is small, and the base is unchanged. Training all weights (full fine-tuning) needs 16 bytes of "
    "memory for each weight, and a learning rate about ten times lower."
)
OF_ADAPTERS = {
    "lora_r", "lora_alpha", "lora_dropout", "lora_plus_ratio", "use_rslora", "use_dora", "load_in_8bit",
}  # fmt: skip
"""Settings that full fine-tuning does not have."""


def choices(form: Form, values: dict, preset: str) -> dict:
    """A select box for each setting with a few values."""
    places, chosen = st.columns(2), {}
    for number, (name, (label, reason, words)) in enumerate(CHOICES.items()):
        known = {str(value): value for value in words}  # None itself would stand for nothing chosen
        picked = places[number % 2].selectbox(
            label,
            list(known),
            format_func=lambda one, words=words, known=known: words[known[one]],
            help=reason,
            **form.bind(f"{preset}-{name}", str(values[name]), known),
        )
        chosen[name] = known[picked]
    return chosen


def switches(form: Form, values: dict, preset: str, absent: set[str]) -> dict:
    """A toggle for each setting that is on or off; the `absent` ones are off."""
    chosen = {}
    with st.container(horizontal=True):
        for name, (label, reason) in SWITCHES.items():
            chosen[name] = name not in absent and st.toggle(
                label, help=reason, **form.bind(f"{preset}-{name}", values[name])
            )
    return chosen
