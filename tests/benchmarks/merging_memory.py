"""Memory and time of merging: LoRA of rank 64 on all linear layers, into a bfloat16 base with random weights.

The whole merge in a process of its own, under a limit of 4 GB that the kernel enforces (RLIMIT_DATA): the trained model
answers four texts, is merged, the merged model answers them, is hashed and published. What counts is anonymous memory:
it has to stay (there is no swap), while the pages of files that make up the rest of resident memory can be dropped and
read again. The limit is on the memory asked for, which is more than what is touched.

usage: python -m tests.benchmarks.merging_memory [--shape 1b|7b] [--tokens 256] [--four-bit] [--folder F]

A 7b needs 31 GB of disk in F.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

_SHAPES = {  # width, inner width, layers; 8 key-value heads of 128, 32,000 tokens
    "1b": (2048, 5632, 22),
    "7b": (4096, 14336, 32),
}
_LIMIT_BYTES = 4_000_000_000
_RANK = 64
_TOKENS = 32_000
_KEY_WIDTH = 1024
_LAYERS_A_FILE = 11


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--shape", choices=_SHAPES, default="1b")
    arguments.add_argument("--tokens", type=int, default=256, help="of each text")
    arguments.add_argument("--four-bit", action="store_true")
    arguments.add_argument("--folder")
    arguments.add_argument("--merge", action="store_true")
    arguments = arguments.parse_args()
    if arguments.merge:
        found = _merge(Path(arguments.folder), arguments.tokens, arguments.four_bit)
    else:
        found = measure(arguments.shape, arguments.tokens, arguments.four_bit, arguments.folder)
    print(json.dumps(found))


def measure(shape: str = "1b", tokens: int = 256, four_bit: bool = False, folder: str | None = None) -> dict:
    """Peaks of anonymous and of resident memory, seconds, and the size of the merged model."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        _make(Path(made), *_SHAPES[shape])
        command = [sys.executable, "-m", "tests.benchmarks.merging_memory", "--merge", "--folder", made]
        command += ["--tokens", str(tokens), *["--four-bit"] * four_bit]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {f"{shape} in bfloat16": json.loads(run.stdout.splitlines()[-1])}


def _make(folder: Path, width: int, inner: int, layers: int) -> None:
    """A base in files of up to 5 GB, as they are published, with the starter's tokenizer, and an adapter for it."""
    import torch
    from peft import LoraConfig
    from transformers import MistralConfig

    from core.models.folders import base_folder
    from core.models.loading import load_tokenizer
    from core.models.merging.stored import Planned, write_index, write_tensors
    from core.models.references import locate
    from core.models.saving import copy_tokenizer

    torch.manual_seed(0)
    numbers = torch.empty(1 << 27, dtype=torch.bfloat16).normal_(0, 0.02)

    def weight(tensor: Planned) -> torch.Tensor:
        """Drawn numbers from a place of its own on: drawing seven billion takes minutes."""
        if len(tensor.shape) == 1:
            return torch.ones(tensor.shape)
        count = math.prod(tensor.shape)
        begin = int(torch.randint(len(numbers) - count, ()))
        return numbers[begin : begin + count].view(tensor.shape)

    def write(path: Path, tensors: list[Planned]) -> None:
        by_key = {tensor.key: tensor for tensor in tensors}
        write_tensors(path, tensors, lambda key: weight(by_key[key]))

    base, adapter = folder / "base", folder / "adapter"
    base.mkdir()
    MistralConfig(
        hidden_size=width, intermediate_size=inner, num_hidden_layers=layers, num_attention_heads=width // 128,
        head_dim=128, num_key_value_heads=_KEY_WIDTH // 128, vocab_size=_TOKENS, architectures=["MistralForCausalLM"],
        dtype="bfloat16", tie_word_embeddings=False,
    ).save_pretrained(base)  # fmt: skip
    copy_tokenizer(base_folder(locate("starter")), load_tokenizer(locate("starter")), base)
    linear = {
        "self_attn.q_proj": (width, width), "self_attn.k_proj": (_KEY_WIDTH, width),
        "self_attn.v_proj": (_KEY_WIDTH, width), "self_attn.o_proj": (width, width), "mlp.gate_proj": (inner, width),
        "mlp.up_proj": (inner, width), "mlp.down_proj": (width, inner),
    }  # fmt: skip
    norms = {"input_layernorm": (width,), "post_attention_layernorm": (width,)}
    ends = {"model.embed_tokens": (_TOKENS, width), "lm_head": (_TOKENS, width), "model.norm": (width,)}
    files = {"model-ends.safetensors": [Planned(f"{name}.weight", "BF16", shape) for name, shape in ends.items()]}
    lora = []
    for number in range(layers):
        file = files.setdefault(f"model-{number // _LAYERS_A_FILE}.safetensors", [])
        start = f"model.layers.{number}"
        file += [Planned(f"{start}.{name}.weight", "BF16", shape) for name, shape in (linear | norms).items()]
        for name, (outputs, inputs) in linear.items():
            lora.append(Planned(f"base_model.model.{start}.{name}.lora_A.weight", "F32", (_RANK, inputs)))
            lora.append(Planned(f"base_model.model.{start}.{name}.lora_B.weight", "F32", (outputs, _RANK)))
    for name, tensors in files.items():
        write(base / name, tensors)
    write_index(base, files)
    modules = [name.partition(".")[2] for name in linear]
    LoraConfig(
        r=_RANK, lora_alpha=16, target_modules=modules, task_type="CAUSAL_LM", base_model_name_or_path=str(base)
    ).save_pretrained(adapter)
    write(adapter / "adapter_model.safetensors", lora)


def _merge(folder: Path, tokens: int, four_bit: bool) -> dict:
    from core.artifacts import publish, staging_folder
    from core.models.merging.merge import merge
    from core.models.precision import compute_dtype
    from core.models.references import locate
    from core.reporting import Reporter

    resource.setrlimit(resource.RLIMIT_DATA, (_LIMIT_BYTES, _LIMIT_BYTES))
    anonymous = [0]
    threading.Thread(target=_watch, args=(anonymous,), daemon=True).start()
    began = time.monotonic()
    adapter, out = locate(str(folder / "adapter")), folder / "merged_model"
    staged = staging_folder(out)
    texts = [[1, *range(start, start + tokens - 1)] for start in (100, 500, 900, 1300)]
    report = merge(adapter, staged, compute_dtype(adapter), texts, four_bit)
    merged_after = time.monotonic() - began
    publish(staged, out, Reporter())
    return {
        "peak_anonymous_bytes": anonymous[0],
        "peak_resident_bytes": _memory("VmHWM"),
        "merged_model_bytes": sum(path.stat().st_size for path in out.glob("*.safetensors")),
        "merge_seconds": merged_after,
        "publish_seconds": time.monotonic() - began - merged_after,
        "difference": report["difference"],
    }


def _watch(highest: list[int]) -> None:
    while True:
        highest[0] = max(highest[0], _memory("RssAnon"))
        time.sleep(0.02)


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) * 1024


if __name__ == "__main__":
    main()
