"""Loads an adapter onto its base, whoever made it: added tokens get their rows, tied weights that differ are untied.

Adapters made elsewhere may have grown the vocabulary, or changed only one of two weights that their base shares.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch.nn import Module

from core.errors import InputError
from core.models.folder_safety import ADAPTER_WEIGHTS

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

_TOKEN_AXIS = {".weight": 0, ".base_layer.weight": 0, ".lora_embedding_A": 1, ".lora_B.weight": 0}
"""Tensors an adapter may hold for the embedding or the head, and which axis of each counts tokens."""
_WHOLE = (".weight", ".base_layer.weight")


def put_adapter(model: "PreTrainedModel", folder: Path, trainable: bool) -> "PeftModel":
    """`model` with the adapter in `folder`. Raises InputError if the adapter was trained on another base."""
    from peft import PeftModel

    _fit_vocabulary(model, folder)
    try:
        model = PeftModel.from_pretrained(model, folder, is_trainable=trainable, local_files_only=True)
    except RuntimeError as error:
        if "size mismatch" not in str(error):
            raise
        mismatch = next(line.strip() for line in str(error).splitlines() if "size mismatch" in line)
        raise InputError(
            f"The adapter {folder} does not fit its base model: {mismatch}", "Name the base model it was trained on."
        ) from error
    _untie(model)
    return model


def _fit_vocabulary(model: "PreTrainedModel", folder: Path) -> None:
    """Resize the model's embeddings to the number of tokens that the adapter was trained with."""
    rows = model.get_input_embeddings().weight.shape[0]
    trained_rows, is_whole = _tokens_trained(model, folder)
    if is_whole and trained_rows != rows:
        model.resize_token_embeddings(trained_rows, mean_resizing=False)  # the adapter brings every row
        rows = trained_rows
    missing = _added_tokens_from(folder, rows)
    if missing:
        raise InputError(
            f"The adapter {folder} has {len(missing)} more tokens than its base model ({', '.join(missing[:3])}), but "
            "not their embeddings.",
            "Save the adapter again with save_embedding_layers=True, or name a base model that has these tokens.",
        )
    if trained_rows and trained_rows != rows:
        raise InputError(
            f"The adapter {folder} was trained with {trained_rows:,} tokens; its base model has {rows:,}.",
            "Name the base model it was trained on.",
        )


def _tokens_trained(model: "PreTrainedModel", folder: Path) -> tuple[int, bool]:
    """How many tokens the adapter's embedding or head covers (0: it has neither), and whether either is whole."""
    from safetensors import safe_open

    embeddings = (model.get_input_embeddings(), model.get_output_embeddings())
    names = [name for name, module in model.named_modules() if any(module is one for one in embeddings)]
    counted, whole = 0, False
    with safe_open(folder / ADAPTER_WEIGHTS, "pt") as weights:
        for key in weights.keys():  # noqa: SIM118 - not a dict
            path = key.removeprefix("base_model.model.")
            part = next((path.removeprefix(name) for name in names if path.startswith(name)), None)
            if part in _TOKEN_AXIS:
                counted = weights.get_slice(key).get_shape()[_TOKEN_AXIS[part]]
                whole = whole or part in _WHOLE
    return counted, whole


def _added_tokens_from(folder: Path, rows: int) -> list[str]:
    """The added tokens of the adapter's own tokenizer that have no row in the embedding."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        return []
    added = json.loads(path.read_text(encoding="utf-8")).get("added_tokens", [])
    return [token["content"] for token in added if token["id"] >= rows]


@torch.no_grad()
def _untie(model: "PeftModel") -> None:
    """Give embedding and head separate weights if the adapter changes one of them: merging would change both."""
    base = model.get_base_model()
    configs = {id(config): config for config in (base.config, base.config.get_text_config())}.values()
    if not any(getattr(config, "tie_word_embeddings", False) for config in configs):
        return
    embedding, head = base.get_input_embeddings(), base.get_output_embeddings()
    if not (_is_wrapped(embedding) or _is_wrapped(head)):
        return
    inner = _innermost(head)
    inner.weight = torch.nn.Parameter(inner.weight.detach().clone(), requires_grad=False)
    for config in configs:
        config.tie_word_embeddings = False


def _is_wrapped(module: Module) -> bool:
    from peft.tuners.tuners_utils import BaseTunerLayer
    from peft.utils.other import AuxiliaryTrainingWrapper

    return isinstance(module, (BaseTunerLayer, AuxiliaryTrainingWrapper))


def _innermost(module: Module) -> Module:
    """The base's own layer inside PEFT's wrappers."""
    while _is_wrapped(module):
        module = module.base_layer if hasattr(module, "base_layer") else module.original_module
    return module
