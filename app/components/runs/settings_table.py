"""The settings of a run in words, with units."""

from app.components.actor import actor
from app.components.train.method import FIELDS, METHODS, TRAIN_ON
from app.components.train.options import CHOICES, SWITCHES, TUNING
from app.components.train.rewards import REWARDS
from app.components.train.settings import ADVANCED, ESSENTIALS, KEEP, KEEP_REWARDED, TARGETS
from app.data.reports import title_in
from app.models.model_list import model_title
from app.wording.markdown import as_text

_NUMBERS = {name: label for name, (label, _) in (ESSENTIALS | ADVANCED).items()} | {
    "save_total_limit": "Checkpoints kept besides the best",
}
_SOMETIMES = {name: label for fields in FIELDS.values() for name, (label, _) in fields.items()} | {
    "lr_decay_ratio": "Decay, share of steps",
    "reward_min_words": "Fewest words",
    "reward_max_words": "Most words",
}
"""Numbers that count only with some methods, schedules or rewards."""
_WORDS = {
    "method": "Method",
    "train_on": "Learn from",
    "packing": "Pack examples",
    "model": "Base model",
    "dataset": "Dataset",
    "load_in_4bit": "4-bit base model (QLoRA)",
    "lora_targets": "Layers with adapters",
    "tuning": "What is trained",
    "keep": "Kept",
    "merge_adapters": "Merged at the end",
    "resume_from_checkpoint": "Started from",
} | {name: label for name, (label, *_) in (CHOICES | SWITCHES).items()}
"""Fields that are no numbers."""


def setting_label(field: str) -> str:
    """What a field of the spec of a run is called on the pages."""
    label = (_NUMBERS | _SOMETIMES | _WORDS).get(field)
    return label.partition(",")[0] if label else field.replace("_", " ").capitalize()


def settings_rows(spec: dict) -> list[dict[str, str]]:
    """One row per setting of a run."""
    targets, method = tuple(spec.get("lora_targets", ())), spec.get("method", "sft")
    words = {
        "Base model": model_title(actor(), spec.get("model", "unreadable")),
        "Dataset": title_in(spec.get("dataset", "unreadable")),
        "Method": METHODS[method][0],
        "What is trained": TUNING[spec.get("tuning", "adapter")],
        "Weights of the base model": _bits(spec),
        "Layers with adapters": next((name for name, held in TARGETS.items() if held == targets), ", ".join(targets)),
        "Kept": (KEEP_REWARDED if method == "grpo" else KEEP).get(spec.get("keep"), "–"),
        "Merged at the end": "yes" if spec.get("merge_adapters") else "no",
    }
    if spec.get("tuning") == "full":
        del words["Layers with adapters"], words["Merged at the end"]
    if method == "sft":
        words["Learn from"] = TRAIN_ON[spec.get("train_on", "answers")]
    words |= {label: held.get(spec.get(name), "–") for name, (label, _, held) in CHOICES.items() if name in spec}
    words |= {label: "on" for name, (label, _) in SWITCHES.items() if spec.get(name)}
    if spec.get("rewards"):
        weights = spec.get("reward_weights") or [1] * len(spec["rewards"])
        named = zip(spec["rewards"], weights, strict=False)
        words["What is rewarded"] = ", ".join(f"{REWARDS[name][0]} × {weight:g}" for name, weight in named)
    if spec.get("resume_from_checkpoint"):
        words["Resumed from"] = spec["resume_from_checkpoint"]
    counting = _NUMBERS | {name: label for name, (label, _) in FIELDS.get(method, {}).items()}
    numbers = dict(_number(label, spec[name]) for name, label in counting.items() if spec.get(name) is not None)
    return [{"Setting": name, "Value": as_text(value)} for name, value in (words | numbers).items()]


def _bits(spec: dict) -> str:
    if spec.get("load_in_4bit"):
        return "4 bits (QLoRA)"
    return "8 bits" if spec.get("load_in_8bit") else "32 bits" if spec.get("tuning") == "full" else "16 bits"


def _number(label: str, value: float) -> tuple[str, str]:
    """`Batch size, examples` and 8 become `Batch size` and `8 examples`; shares become percentages."""
    name, _, unit = label.partition(", ")
    if unit.startswith("share"):
        return name, f"{value:.0%}{unit.removeprefix('share')}"
    return name, f"{value:,} {unit}".strip()
