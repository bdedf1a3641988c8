"""What a method changes in a preset's settings, which are made for supervised fine-tuning. Light: plain values."""

from core.specs.train import Method

_STEP = {"dpo": 0.1, "kto": 0.1, "simpo": 0.1, "orpo": 0.5, "grpo": 0.1}
"""Of the preset's learning rate. Preferences and rewards move answers that the model gives already, and overshoot at a
rate made for learning new ones; ORPO learns them too."""
_EPOCHS = {"grpo": 0.25}
"""Of the preset's epochs, but one at least: GRPO answers each question several times a pass."""


def for_method(settings: dict, method: Method) -> dict:
    """A complete set of settings as `method` wants them."""
    if method == "sft":
        return settings
    rate = float(f"{settings['learning_rate'] * _STEP.get(method, 1):.6g}")  # 0.003 × 0.1 is 0.00030000000000000003
    epochs = max(min(1, settings["epochs"]), settings["epochs"] * _EPOCHS.get(method, 1))
    return settings | {"learning_rate": rate, "epochs": epochs, "prompt_dropout": 0.0}
