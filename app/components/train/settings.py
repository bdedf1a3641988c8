"""The training settings: a preset, what most people change in view, the rest under Advanced."""

import streamlit as st

from app.components.form import Form
from app.components.train.method import FIELDS, TRAIN_ON
from app.components.train.options import OF_ADAPTERS, TUNING, WHAT_LEARNS, choices, switches
from app.components.train.rewards import choose_rewards, no_rewards
from app.components.vocabulary import FOR_WHOM, presets_for
from app.models.catalogue import Weights
from app.wording.markdown import as_text
from core.machine import this_machine
from core.specs.train import Method

ESSENTIALS = {
    "epochs": ("Epochs", "Passes over all examples. Too many cause overfitting: it memorizes the examples."),
    "learning_rate": (
        "Learning rate",
        "The size of each step. Too high and the loss jumps; too low and it learns little.",
    ),
    "lora_r": ("LoRA rank", "The size of the adapter: how much it can learn. 8 to 64 is usual."),
}
ADVANCED = {
    "batch_size": ("Batch size, examples", "Examples processed together. Lower it if memory runs out."),
    "gradient_accumulation_steps": (
        "Gradient accumulation, batches",
        "Batches added up before each step: a larger effective batch size without more memory.",
    ),
    "max_seq_length": ("Maximum length, tokens", "Longer examples are truncated. Memory grows with it."),
    "lora_alpha": ("LoRA alpha", "Scales the adapter by alpha divided by rank."),
    "lora_dropout": (
        "LoRA dropout, share",
        "Share of adapter inputs dropped at random. Above 0 it reduces overfitting.",
    ),
    "prompt_dropout": (
        "Prompt dropout, share",
        "Share of the question's words dropped at random. Helps with few examples.",
    ),
    "lora_plus_ratio": (
        "LoRA+ ratio",
        "How much faster the adapter's second matrix learns than its first. 16 is usual; 1 is plain LoRA.",
    ),
    "neftune_alpha": (
        "NEFTune noise, alpha",
        "Noise on the embeddings while training, so that wording matters less. 5 is usual; 0 is off.",
    ),
    "max_steps": ("Steps", "Optimizer steps of the whole run, instead of epochs."),
    "weight_decay": ("Weight decay", "Pulls weights towards zero at each step. Above 0 it reduces overfitting."),
    "max_grad_norm": ("Gradient clipping, norm", "Longer gradients are shortened to this, so no step is too large."),
    "warmup_ratio": ("Warm-up, share of steps", "The learning rate rises from 0 over this part of training."),
    "save_steps": ("Checkpoint every, steps", "At most this much is lost if training is interrupted."),
    "eval_steps": ("Validate every, steps", "How often the validation loss is measured."),
    "early_stopping_patience": (
        "Stop early after, validations",
        "Ends the run once the validation loss has not fallen in this many validations, and keeps the best.",
    ),
    "sample_answers": (
        "Sample answers, questions",
        "Questions that the model answers at validations, so that you see it change. They take at most a twentieth of "
        "the training time. 0 saves it.",
    ),
    "devices": ("GPUs", "GPUs of this machine that share each step. The effective batch size stays the same."),
    "seed": ("Seed", "The same seed gives the same run."),
}
LABELS = {name: label for name, (label, _) in (ESSENTIALS | ADVANCED).items()}
KEEP = {"best": "Lowest validation loss", "last": "Last step"}
KEEP_REWARDED = KEEP | {"best": "Highest mean reward"}
WHICH = "With few examples the validation loss may rise while answers still improve: then keep the last step."
STEPS = {"epochs": 1.0, "lora_alpha": 1.0, "lora_dropout": 0.05, "prompt_dropout": 0.05, "warmup_ratio": 0.05}
"""The step of the plus and minus buttons, where it is neither 1 nor a tenth of the default."""
QLORA = (
    "QLoRA quantizes the base model to 4 bits while the adapter learns: less memory, equal quality in our measurements."
)
TARGETS = {
    "All linear layers": ("all-linear",),
    "Attention only": ("q_proj", "k_proj", "v_proj", "o_proj"),
}
_COLUMNS = 3


def choose_preset(form: Form, model: str) -> str:
    """Choose one of the model's presets, with a line on whom it suits; a single preset is taken without asking."""
    presets = presets_for(model)
    if len(presets) == 1:
        return presets[0]
    preset = st.segmented_control("Preset", presets, required=True, **form.bind(f"{model}-preset", presets[0], presets))
    st.caption(f"For {FOR_WHOM[preset]}")
    return preset


def settings_form(form: Form, model: str, preset: str, method: Method, defaults: dict, weights: Weights) -> dict:
    """The fields of TrainSpec as chosen in the form, which starts at `defaults`.

    `weights` says how this machine loads the model's weights by default.
    """
    of_method = _typed_under(preset, method)
    adapter = form.current("tuning", defaults["tuning"]) != "full"
    absent = {"prompt_dropout"} if method != "sft" else set()
    absent |= set() if adapter else OF_ADAPTERS
    absent |= {"devices"} if method == "grpo" else set()
    chosen = {"method": method} | _fields(form, ESSENTIALS, defaults, of_method, absent)
    chosen |= choose_rewards(form, defaults) if method == "grpo" else no_rewards()
    chosen["load_in_4bit"] = adapter and st.toggle(
        "4-bit base model (QLoRA)", **form.bind(f"{model}-4-bit", defaults["load_in_4bit"])
    )
    if adapter:
        reason = f" {weights.reason}" if defaults["load_in_4bit"] == weights.four_bit else ""
        st.caption(as_text(f"{QLORA}{reason}"))
    with st.expander("Advanced", icon=":material/tune:"):
        chosen["tuning"] = st.segmented_control(
            "What is trained",
            list(TUNING),
            required=True,
            format_func=TUNING.get,
            help=WHAT_LEARNS,
            **form.bind("tuning", defaults["tuning"], TUNING),
        )
        absent |= set() if this_machine().gpus > 1 else {"devices"}
        chosen |= _fields(form, ADVANCED, defaults, of_method, absent)
        chosen |= choices(form, defaults, preset)
        chosen |= switches(form, defaults, preset, absent | ({"load_in_8bit"} if chosen["load_in_4bit"] else set()))
        if method in FIELDS:
            chosen |= _fields(form, FIELDS[method], defaults, of_method)
        if method == "sft":
            chosen["train_on"] = st.segmented_control(
                "Learn from",
                list(TRAIN_ON),
                required=True,
                format_func=TRAIN_ON.get,
                help="In a conversation: which of the assistant's turns. Questions too: everything that is written.",
                **form.bind("train_on", defaults["train_on"], TRAIN_ON),
            )
            if chosen["train_on"] == "everything" and chosen["prompt_dropout"]:
                form.reject(st, "Prompt dropout would teach questions with missing words: set it to 0.")
        else:  # also where the form starts from a run of another method
            chosen |= {"train_on": "answers", "prompt_dropout": 0.0}
        chosen["packing"] = defaults["packing"] if method == "grpo" else _packing(form, defaults)
        if adapter:
            chosen |= _layers_and_merge(form, defaults)
        early = chosen["early_stopping_patience"] is not None
        kept = st.segmented_control(
            "Adapter to keep" if adapter else "Model to keep",
            list(KEEP),
            required=True,
            format_func=(KEEP_REWARDED if method == "grpo" else KEEP).get,
            help="Stopping early keeps the best." if early else None if method == "grpo" else WHICH,
            disabled=early,
            **form.bind(f"{preset}-keep", defaults["keep"], KEEP),
        )
        chosen["keep"] = "best" if early else kept
    return chosen


def _packing(form: Form, defaults: dict) -> str:
    packed = st.toggle(
        "Pack examples",
        help="Several examples in one row without padding, none seeing another: the same losses in less time.",
        **form.bind("packing", defaults["packing"] == "auto"),
    )
    return "auto" if packed else "off"


def _layers_and_merge(form: Form, defaults: dict) -> dict:
    layers = _layers(defaults)
    targets = st.segmented_control(
        "LoRA targets",
        list(layers),
        required=True,
        help="The layers that get adapters. More layers learn more.",
        **form.bind("targets", next(iter(layers)), layers),
    )
    merge = st.toggle(
        "Merge the adapter at the end",
        help="Writes a merged model, which an export to GGUF needs.",
        **form.bind("merge", defaults["merge_adapters"]),
    )
    return {"lora_targets": layers[targets], "merge_adapters": merge}


def _layers(defaults: dict) -> dict[str, tuple[str, ...]]:
    """The layers that may get adapters, by name; the defaults first, whatever they are."""
    held = tuple(defaults["lora_targets"])
    name = next((name for name, targets in TARGETS.items() if targets == held), ", ".join(held))
    return {name: held} | TARGETS


def put_settings(form: Form, model: str, preset: str, method: Method, values: dict) -> None:
    """Put values into the form's fields; they show at the next run of the page."""
    names = {"load_in_4bit": f"{model}-4-bit", "tuning": "tuning"}
    for name, value in values.items():
        form.keep(names.get(name, f"{_typed_under(preset, method)}-{name}"), value)


def _typed_under(preset: str, method: Method) -> str:
    """What the stored inputs' names begin with: each preset and method has numbers of its own."""
    return preset if method == "sft" else f"{preset}-{method}"


def _fields(form: Form, names: dict, values: dict, preset: str, absent: set[str] = frozenset()) -> dict:
    """Number inputs for these settings but the `absent` ones, starting at the preset's values; returns what they hold.

    If they fit into one row, the explanation is below each field, else in its help.
    """
    places, chosen = st.columns(_COLUMNS), {}
    shown = {name: words for name, words in names.items() if name not in absent}
    for number, (name, (label, reason)) in enumerate(shown.items()):
        place, default = places[number % _COLUMNS], "" if values[name] is None else f"Default {values[name]:g}."
        hint = default if len(names) <= _COLUMNS else f"{reason} {default}"
        chosen[name] = form.number(
            place, name, label, values[name], STEPS.get(name), typed_as=f"{preset}-{name}", help=hint
        )
        if hint == default:
            place.caption(reason)
    return chosen
