"""What a method changes in a preset's settings, which are made for supervised fine-tuning. Light: plain values."""

from core.specs.train import Method

_STEP = {"dpo": 0.1, "kto": 0.1, "simpo": 0.1, "orpo": 0.5}
"""Of the preset's learning rate. Preferences move answers that the model gives already, and overshoot at a rate made
for learning new ones; ORPO learns them too."""


def for_method(settings: dict, method: Method) -> dict:
    """A complete set of settings as `method` wants them."""
    if method == "sft":
        return settings
    rate = settings["learning_rate"] * _STEP.get(method, 1)
    return settings | {"learning_rate": rate, "prompt_dropout": 0.0}
