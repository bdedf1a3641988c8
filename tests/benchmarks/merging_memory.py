"""Memory and time of merging: LoRA of rank 64 on all linear layers, into a bfloat16 base with random weights.

The whole merge, judging included: the trained and the merged model each answer two short texts. Resident memory counts
everything, anonymous memory not what the system can read again from files.

usage: python -m tests.benchmarks.merging_memory [--shape 1b|7b] [--folder F]     7b needs 30 GB of disk in F
"""

import argparse
import json
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
_RANK = 64
_TOKENS = 32_000
_KEY_WIDTH = 1024


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--shape", choices=_SHAPES, default="1b")
    arguments.add_argument("--folder")
    arguments.add_argument("--merge", action="store_true")
    arguments = arguments.parse_args()
    merge = _merge if arguments.merge else lambda folder: measure(arguments.shape, folder)
    print(json.dumps(merge(arguments.folder)))


def measure(shape: str = "1b", folder: str | None = None) -> dict:
    """Of the merge, a process of its own: peaks of resident and anonymous memory, seconds, size of the model."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        _make(Path(made), *_SHAPES[shape])
        command = [sys.executable, "-m", "tests.benchmarks.merging_memory", "--merge", "--folder", made]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {f"{shape} in bfloat16": json.loads(run.stdout.splitlines()[-1])}


def _make(folder: Path, width: int, inner: int, layers: int) -> None:
    """A base, a file a layer, with the starter's tokenizer, and an adapter for it."""
    import torch
    from peft import LoraConfig
    from safetensors.torch import save_file
    from transformers import MistralConfig

    from core.models.folders import base_folder
    from core.models.loading import load_tokenizer
    from core.models.references import locate
    from core.models.saving import copy_tokenizer

    def random(*shape: int) -> torch.Tensor:
        return torch.empty(shape, dtype=torch.bfloat16).normal_(0, 0.02)

    base, adapter = folder / "base", folder / "adapter"
    base.mkdir()
    (folder / "merged").mkdir()
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
    ends = {"model.embed_tokens.weight": random(_TOKENS, width), "lm_head.weight": random(_TOKENS, width)}
    files = {"ends.safetensors": ends | {"model.norm.weight": torch.ones(width, dtype=torch.bfloat16)}}
    weight_map, lora = {}, {}
    for number in range(layers):
        start = f"model.layers.{number}"
        norms = (f"{start}.input_layernorm.weight", f"{start}.post_attention_layernorm.weight")
        weights = {f"{start}.{name}.weight": random(*shape) for name, shape in linear.items()}
        files[f"layer-{number}.safetensors"] = weights | dict.fromkeys(norms, torch.ones(width, dtype=torch.bfloat16))
        for name, (rows, columns) in linear.items():
            lora[f"base_model.model.{start}.{name}.lora_A.weight"] = random(_RANK, columns).float()
            lora[f"base_model.model.{start}.{name}.lora_B.weight"] = random(rows, _RANK).float()
        for name in list(files):
            found = {key: weight.clone() for key, weight in files.pop(name).items()}
            save_file(found, base / name, metadata={"format": "pt"})
            weight_map |= dict.fromkeys(found, name)
    (base / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    modules = [name.partition(".")[2] for name in linear]
    LoraConfig(
        r=_RANK, lora_alpha=16, target_modules=modules, task_type="CAUSAL_LM", base_model_name_or_path=str(base)
    ).save_pretrained(adapter)
    save_file(lora, adapter / "adapter_model.safetensors", metadata={"format": "pt"})


def _merge(folder: str) -> dict:
    from core.models.merging.merge import merge
    from core.models.precision import compute_dtype
    from core.models.references import locate

    anonymous = [0]
    threading.Thread(target=_watch, args=(anonymous,), daemon=True).start()
    began = time.monotonic()
    adapter, out = locate(f"{folder}/adapter"), Path(folder, "merged")
    texts = [[1, *range(100, 130)], [1, *range(500, 520)]]
    report = merge(adapter, out, compute_dtype(adapter), four_bit=False, texts=texts)
    return {
        "peak_resident_bytes": _memory("VmHWM"),
        "peak_anonymous_bytes": anonymous[0],
        "merged_model_bytes": sum(path.stat().st_size for path in out.glob("*.safetensors")),
        "seconds": time.monotonic() - began,
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
