"""Train: choose a dataset and a model, and start a fine-tuning."""

import shlex

import streamlit as st

from app.components.base_models import choose_base
from app.components.choices import choose_dataset
from app.components.frame import next_step, page_top, telling_errors
from app.components.wording import as_text
from app.datasets import datasets
from app.jobs import start_training, training_defaults
from app.models import weights_for
from app.vocabulary import presets_for

ESSENTIALS = {
    "epochs": ("Epochs", "How often every example is seen. More learns more, until validation loss rises."),
    "learning_rate": (
        "Learning rate",
        "The size of a step. Too high and the loss jumps, too low and little is learnt.",
    ),
    "lora_r": ("LoRA rank", "How much the adapter can hold. 8 to 64 is usual."),
}
ADVANCED = {
    "batch_size": ("Batch size, examples", "Examples looked at together. Lower it when memory runs out."),
    "gradient_accumulation_steps": ("Gradient accumulation, batches", "Batches summed before a step."),
    "max_seq_length": ("Longest example, tokens", "Longer ones are cut; memory grows with it."),
    "lora_alpha": ("LoRA alpha", "The adapter's strength is alpha divided by rank."),
    "lora_dropout": ("LoRA dropout, share", "Above 0 it holds back learning by heart."),
    "prompt_dropout": ("Prompt dropout, share", "Words of questions left out while learning. Helps with few examples."),
    "warmup_ratio": ("Warm-up, share of steps", "The learning rate rises over this part."),
    "save_steps": ("Checkpoint every, steps", "At most this much is lost when something stops."),
    "eval_steps": ("Validate every, steps", "How often the validation loss is measured."),
    "seed": ("Seed", "The same seed gives the same run."),
}

KEEP = {"best": "Lowest validation loss", "last": "Last step"}
WHICH = "With few examples the validation loss may rise while answers still get better: then keep the last step's."
QLORA = (
    "QLoRA holds the base model's weights in 4 bits while the adapter learns. It saves memory and changes the base, a "
    "small model most; what is learned may make up for it."
)
TARGETS = {
    "All linear layers": ("all-linear",),
    "Attention only": ("q_proj", "k_proj", "v_proj", "o_proj"),
}


def fields(names: dict, values: dict, columns: int) -> dict:
    """Number inputs for these settings, started at `values`; returns what stands in them."""
    places = st.columns(columns)
    out = {}
    for place, (name, (label, reason)) in enumerate(names.items()):
        value = values[name]
        small = isinstance(value, float)
        out[name] = places[place % columns].number_input(
            label,
            value=value,
            format="%g" if small else None,
            step=value / 10 if small and value else None if not small else 0.05,
            help=f"{reason} Default {value:g}.",
            key=f"train-{name}-{value}",
        )
    return out


def run_card(dataset: dict, values: dict) -> None:
    """What will be done, in figures, before it is asked for."""
    examples = dataset["report"]["splits"]["train"]
    effective = values["batch_size"] * values["gradient_accumulation_steps"]
    steps = max(1, -(-examples // effective)) * values["epochs"]
    st.caption(
        f"{examples:,} training examples · batch {values['batch_size']} × accumulation "
        f"{values['gradient_accumulation_steps']} = {effective} examples a step · about {steps:,.0f} steps"
    )


def command_line(preset: str, values: dict, defaults: dict) -> str:
    """The command that would do the same: what was chosen, and what differs from the preset."""
    changed = {key: value for key, value in values.items() if key not in defaults or value != defaults[key]}
    shown = {"preset": preset, **changed, "load_in_4bit": values["load_in_4bit"]}  # which this machine's memory decides
    return " ".join(["python -m app train", *(_flag(name, value) for name, value in shown.items())])


def _flag(name: str, value) -> str:
    flag = {"model": "model-name", "dataset": "dataset-path"}.get(name, name.replace("_", "-"))
    if isinstance(value, bool):
        return f"--{flag}" if value else f"--no-{flag}"
    parts = value if isinstance(value, tuple) else (value,)
    return " ".join([f"--{flag}", *(shlex.quote(str(part)) for part in parts)])


page_top("Train", "Teach a model your dataset with LoRA. It goes on when you close this tab.")
if not any("train" in dataset["report"]["splits"] for dataset in datasets()):
    st.info("There is no dataset to learn from yet. Make one from samples in a few seconds, or bring your own file.")
    next_step("Make a dataset", "data")
    st.stop()

left, right = st.columns(2)
with left:
    dataset = choose_dataset(split="train")
with right:
    model = choose_base()
if not model:
    st.info("Name the base model: its hub id, or its folder on this machine.")
    st.stop()
weights = None
with telling_errors():
    weights = weights_for(model)
if not weights:
    st.stop()
presets = presets_for(model)
preset = st.segmented_control("Preset", presets, default=presets[0], key=f"preset-{presets[0]}") or presets[0]
defaults = training_defaults(model, preset, dataset["report"]["splits"]["train"])
chosen = fields(ESSENTIALS, defaults, 3)
chosen["load_in_4bit"] = st.toggle(
    "4-bit base model (QLoRA)", value=defaults["load_in_4bit"], help=QLORA, key=f"train-4-bit-{model}"
)
if defaults["load_in_4bit"] == weights.four_bit:
    st.caption(as_text(weights.reason))
with st.expander("Advanced", icon=":material/tune:"):
    chosen |= fields(ADVANCED, defaults, 3)
    targets = st.segmented_control(
        "LoRA targets", list(TARGETS), default="All linear layers", help="The layers that learn. All learn more."
    )
    chosen["lora_targets"] = TARGETS[targets or "All linear layers"]
    kept = st.segmented_control(
        "Adapter to keep", list(KEEP), default=defaults["keep"], format_func=KEEP.get, help=WHICH, key=f"keep-{preset}"
    )
    chosen["keep"] = kept or defaults["keep"]
    chosen["merge_adapters"] = st.toggle("Merge at the end", value=True, help="Needed to export a GGUF.")
run_card(dataset, chosen)
values = {"model": model, "dataset": dataset["path"], **chosen}
if st.button("Start training", type="primary", icon=":material/play_arrow:"):
    with telling_errors():
        job = start_training(preset=preset, **values)
        st.switch_page("pages/runs.py", query_params={"run": job.id})
with st.expander("The same on the command line", icon=":material/terminal:"):
    st.code(command_line(preset, values, defaults), language="bash", wrap_lines=True)
