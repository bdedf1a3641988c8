"""The settings of a training: a preset to begin with, what most people change in view, the rest under Advanced."""

import streamlit as st

from app.components.form import Form
from app.components.vocabulary import FOR_WHOM, presets_for
from app.models.catalogue import Weights
from app.wording.markdown import as_text

ESSENTIALS = {
    "epochs": ("Epochs", "How many times every example is seen. Too many overfit: it learns the examples by heart."),
    "learning_rate": (
        "Learning rate",
        "The size of a step. Too high and the loss jumps, too low and little is learnt.",
    ),
    "lora_r": ("LoRA rank", "The width of the adapter: how much it can hold. 8 to 64 is usual."),
}


ADVANCED = {
    "batch_size": ("Batch size, examples", "Examples looked at together. Lower it when memory runs out."),
    "gradient_accumulation_steps": ("Gradient accumulation, batches", "Batches summed before a step."),
    "max_seq_length": ("Longest example, tokens", "Longer ones are cut; memory grows with it."),
    "lora_alpha": ("LoRA alpha", "The adapter's strength is alpha divided by rank."),
    "lora_dropout": ("LoRA dropout, share", "Above 0 it holds back overfitting, that is learning by heart."),
    "prompt_dropout": ("Prompt dropout, share", "Words of questions left out while learning. Helps with few examples."),
    "warmup_ratio": ("Warm-up, share of steps", "The learning rate rises over this part."),
    "save_steps": ("Checkpoint every, steps", "At most this much is lost when something stops."),
    "eval_steps": ("Validate every, steps", "How often the validation loss is measured."),
    "seed": ("Seed", "The same seed gives the same run."),
}


KEEP = {"best": "Lowest validation loss", "last": "Last step"}


WHICH = "With few examples the validation loss may rise while answers still get better: then keep the last step's."


STEPS = {"epochs": 1.0, "lora_alpha": 1.0, "lora_dropout": 0.05, "prompt_dropout": 0.05, "warmup_ratio": 0.05}
"""How far a press on plus or minus goes, where that is neither one nor a tenth."""


QLORA = "QLoRA holds the base model's weights in 4 bits while the adapter learns: less memory, as measured as good."


TARGETS = {
    "All linear layers": ("all-linear",),
    "Attention only": ("q_proj", "k_proj", "v_proj", "o_proj"),
}


_COLUMNS = 3


def choose_preset(form: Form, model: str) -> str:
    """One of the presets for a model, with a line that says for whom. Where there is only one, nothing is asked."""
    presets = presets_for(model)
    if len(presets) == 1:
        return presets[0]
    preset = st.segmented_control(
        "Preset", presets, required=True, **form.keeps(f"{model}-preset", presets[0], presets)
    )
    st.caption(f"For {FOR_WHOM[preset]}")
    return preset


def settings_form(form: Form, model: str, preset: str, defaults: dict, weights: Weights) -> dict:
    """The fields of TrainSpec as they stand in the form, which begins at `defaults`.

    `weights` says how this machine holds the model's weights unless asked otherwise.
    """
    chosen = _fields(form, ESSENTIALS, defaults, preset)
    chosen["load_in_4bit"] = st.toggle(
        "4-bit base model (QLoRA)", **form.keeps(f"{model}-4-bit", defaults["load_in_4bit"])
    )
    reason = f" {weights.reason}" if defaults["load_in_4bit"] == weights.four_bit else ""
    st.caption(as_text(f"{QLORA}{reason}"))
    with st.expander("Advanced", icon=":material/tune:"):
        chosen |= _fields(form, ADVANCED, defaults, preset)
        targets = st.segmented_control(
            "LoRA targets",
            list(TARGETS),
            required=True,
            help="The layers that learn. All learn more.",
            **form.keeps("targets", "All linear layers", TARGETS),
        )
        chosen["lora_targets"] = TARGETS[targets]
        chosen["keep"] = st.segmented_control(
            "Adapter to keep",
            list(KEEP),
            required=True,
            format_func=KEEP.get,
            help=WHICH,
            **form.keeps(f"{preset}-keep", defaults["keep"], KEEP),
        )
        chosen["merge_adapters"] = st.toggle(
            "Merge at the end", help="Needed to export a GGUF.", **form.keeps("merge", True)
        )
    return chosen


def _fields(form: Form, names: dict, values: dict, preset: str) -> dict:
    """Number inputs for these settings, each of which begins as the preset has it; returns what stands in them.

    Where they fit into one row, what each is for stands below it.
    """
    places, chosen = st.columns(_COLUMNS), {}
    for number, (name, (label, reason)) in enumerate(names.items()):
        place, default = places[number % _COLUMNS], f"Default {values[name]:g}."
        told = default if len(names) <= _COLUMNS else f"{reason} {default}"
        chosen[name] = form.number(
            place, name, label, values[name], STEPS.get(name), typed_as=f"{preset}-{name}", help=told
        )
        if told == default:
            place.caption(reason)
    return chosen
