"""Loads Transformers tokenizers and models, and PEFT adapters, from a `ModelLocation`.

Only safetensors are read, and no code that comes with a model is run.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from core.errors import CorruptArtifactError, InputError
from core.models.adapters import put_adapter
from core.models.folders import base_folder, model_folder, tokenizer_folder
from core.models.precision import Precision, device
from core.models.references import ModelLocation

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def load_tokenizer(location: ModelLocation) -> "PreTrainedTokenizerBase":
    """The tokenizer of a model; an adapter without one uses its base's. Raises InputError for bad files."""
    from transformers import AutoTokenizer

    folder = tokenizer_folder(location)
    with _naming_bad_files(folder):
        return as_saved(AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False), folder)


def as_saved(tokenizer: "PreTrainedTokenizerBase", folder: Path) -> "PreTrainedTokenizerBase":
    """`tokenizer`, reloaded from `folder` if it does not split text as the folder's tokenizer.json says.

    Transformers 5 rebuilds GPT2Tokenizer and others with a byte-level pre-tokenizer only, and loses any step the file
    has before it, such as SmolLM's splitting of digits.
    """
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    file = folder / "tokenizer.json"
    saved = json.loads(file.read_text(encoding="utf-8"))["pre_tokenizer"] if file.is_file() else None
    if "ByteLevel" not in json.dumps(saved):  # SentencePiece tokenizers split by their model, in several forms
        return tokenizer
    empty = {"version": "1.0", "model": {"type": "BPE", "vocab": {}, "merges": []}, "added_tokens": []}
    expected = Tokenizer.from_str(json.dumps(empty | {"pre_tokenizer": saved})).pre_tokenizer
    found = tokenizer.backend_tokenizer.pre_tokenizer
    if found is not None and found.__getstate__() == expected.__getstate__():
        return tokenizer
    return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


def load_model(
    location: ModelLocation,
    dtype: Precision = "float32",
    four_bit: bool = False,
    eight_bit: bool = False,
    trainable: bool = False,
) -> "PreTrainedModel | PeftModel":
    """The model in eval mode on this process's device: a PeftModel for an adapter, otherwise a PreTrainedModel.

    Weights are held and computed in `dtype`; with `four_bit`, the base's linear layers are held in NF4 with double
    quantization, with `eight_bit` in LLM.int8 (Dettmers et al., 2022, arXiv:2208.07339). With `trainable`, the
    adapter's weights take gradients. Raises InputError or CorruptArtifactError for bad files.
    """
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # the output goes to a log file
    quantized = {}
    if four_bit:
        quantized["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=getattr(torch, dtype),
        )
    elif eight_bit:
        # On a GPU it warns of its cast to float16 in every layer of every step.
        logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
        quantized["quantization_config"] = BitsAndBytesConfig(load_in_8bit=True)
    folder = base_folder(location)
    with _naming_bad_files(folder):
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            **text_part(folder),
            dtype=getattr(torch, dtype),
            device_map={"": str(device())},
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            **quantized,
        )
    if four_bit:
        _keep_layout_on_cpu(model)
    if location.kind == "adapter":
        folder = model_folder(location)
        with _naming_bad_files(folder):
            model = put_adapter(model, folder, trainable)
    return model.eval()


def text_part(folder: Path) -> dict:
    """Arguments that load the language model alone from a model that also takes images, such as Gemma 3 from 4B on.

    Otherwise LoRA on all linear layers would adapt the vision tower too, which text never reaches.
    """
    from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, AutoConfig

    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    text = config.get_text_config()
    if text is config or type(text) not in MODEL_FOR_CAUSAL_LM_MAPPING or not hasattr(config, "vision_config"):
        return {}
    names = {r"^language_model\.lm_head": "lm_head", r"^(model\.)?language_model\.(model\.)?": "model."}
    return {"config": text, "key_mapping": names}


def _keep_layout_on_cpu(model: torch.nn.Module) -> None:
    """Stop bitsandbytes from repacking 4-bit weights at the first evaluation: its packed layout has no gradients."""
    from bitsandbytes.nn import Linear4bit

    for module in model.modules():
        if isinstance(module, Linear4bit):
            module.support_avx512bf16_for_cpu = False


@contextmanager
def _naming_bad_files(folder: Path) -> Iterator[None]:
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        raise CorruptArtifactError(f"The weights in {folder} are damaged: {error}.", "Copy the model again.") from error
    except (OSError, ValueError, KeyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"The model in {folder} cannot be loaded: {reason}", "Use a causal language model in Transformers' format."
        ) from error
