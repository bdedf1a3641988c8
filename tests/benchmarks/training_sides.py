"""One side of `training_speed` in a process of its own: trains, and prints when each step was done and at what loss.

Imports nothing of this folder: it also runs on an earlier commit's `core`, and in an environment with LLaMA-Factory.

usage: python training_sides.py SETTINGS          a `Work` as JSON; prints a `Done` as JSON as its last line
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple


class Work(NamedTuple):
    """What a side has to do. `model`, `dataset` and `ordered` are folders.

    `ordered` holds the examples of `dataset` in the order in which the studio's steps read them, as token ids with
    labels, for programs that are told to keep an order. `precision`: float32, bfloat16, or auto. `rate` falls to 0 with
    the cosine of the steps.
    """

    side: str
    precision: str
    model: str
    dataset: str
    ordered: str
    steps: int
    four_bit: bool
    batch_size: int
    rank: int
    alpha: int
    most_tokens: int
    rate: float
    profile: bool = False
    """Of our own training: profile the second step. With one thread only; a profiler does not see the halves."""


class Done(NamedTuple):
    """Of each step: when it was done (seconds since 1970), the process's CPU seconds so far, and its mean loss.

    `tokens`: how many each step was fed, without padding; of ours, all steps together. `shares`: of the profiled
    step's time, by kind of operation.
    """

    times: list[float]
    cpu: list[float]
    losses: list[float]
    tokens: list[int]
    shares: dict[str, float] = {}


_KINDS = {
    "matrix products": ("mm", "addmm", "addmm_", "bmm", "baddbmm", "baddbmm_", "mkldnn_linear", "dot"),
    "attention in one operation": ("flash_attention",),
    "softmax": ("softmax",),
    "NF4 dequantized": ("bitsandbytes", "4bit"),
    "copies and casts": ("copy_", "cat", "clone", "fill_", "zero_", "index", "gather", "scatter", "embedding"),
    "optimizer": ("adam", "foreach", "norm_except"),
    "activation functions": ("silu",),
    "element by element": ("mul", "add", "sub", "div", "neg", "exp", "log", "pow", "sqrt", "sum", "mean", "amax",
                           "norm", "where", "masked", "square", "triu", "cos", "sin"),
}  # fmt: skip
"""Kinds of operations by parts of their names, the first that fits; matrix products by whole names."""


class _Clock:
    def __init__(self):
        self.times, self.cpu = [], []

    def look(self) -> None:
        self.times.append(time.time())
        self.cpu.append(time.process_time())


def _studio(work: Work) -> Done:
    from datasets import load_from_disk

    from core.reporting import Reporter
    from core.training.train import train

    try:
        from core.specs import TrainSpec
    except ModuleNotFoundError:  # in earlier commits
        from core.jobs import TrainSpec

    clock, losses, profiler = _Clock(), [], _Profiler()

    class Recorder(Reporter):
        def metric(self, step, **values):
            clock.look()
            losses.append(values["loss"])
            if work.profile:
                profiler.after_step(step)

    per_epoch = len(load_from_disk(work.dataset)["train"]) // work.batch_size
    precision = {} if work.precision == "auto" else {"precision": work.precision}
    spec = TrainSpec(
        name="speed", output_dir=str(Path(tempfile.mkdtemp()) / "run"), dataset=work.dataset, model=work.model,
        load_in_4bit=work.four_bit, epochs=(work.steps - 0.5) / per_epoch, batch_size=work.batch_size,
        learning_rate=work.rate, warmup_ratio=0, lora_r=work.rank, lora_alpha=work.alpha,
        max_seq_length=work.most_tokens, save_steps=10_000, merge_adapters=False, **precision,
    )  # fmt: skip
    result = train(spec, Recorder())
    return Done(clock.times, clock.cpu, losses, [dict(result)["train_tokens"]], profiler.shares)


class _Profiler:
    """Profiles the second step. `shares`: of its time, by kind of operation."""

    def __init__(self):
        self.shares: dict[str, float] = {}
        self._torch_profiler = None

    def after_step(self, step: int) -> None:
        from torch.profiler import ProfilerActivity, profile

        if step == 1:
            self._torch_profiler = profile(activities=[ProfilerActivity.CPU])
            self._torch_profiler.start()
        elif step == 2:
            self._torch_profiler.stop()
            found = self._torch_profiler.key_averages()
            whole = sum(one.self_cpu_time_total for one in found)
            for one in found:
                kind = _kind(one.key)
                self.shares[kind] = self.shares.get(kind, 0) + one.self_cpu_time_total / whole


def _kind(operation: str) -> str:
    name = operation.removeprefix("aten::")
    if not operation.startswith(("aten::", "bitsandbytes")):
        return "Python and autograd between operations"
    if name in _KINDS["matrix products"]:
        return "matrix products"
    kinds = [kind for kind, parts in list(_KINDS.items())[1:] if any(part in name for part in parts)]
    return kinds[0] if kinds else "views, allocation and all else"


def _trl(work: Work) -> Done:
    import torch
    from datasets import load_from_disk
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
    from trl import SFTConfig, SFTTrainer

    dtype = torch.bfloat16 if _in_bfloat16(work) else torch.float32
    quantized = {}
    if work.four_bit:
        four_bit = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype
        )
        quantized = {"quantization_config": four_bit, "device_map": {"": "cpu"}}
    model = AutoModelForCausalLM.from_pretrained(work.model, dtype=dtype, **quantized)
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False  # or training goes wrong after the first evaluation
    watch = _watch(work)
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            **_of_trainer(work), max_length=work.most_tokens, train_sampling_strategy="sequential",
            gradient_checkpointing=False, dataloader_pin_memory=False, disable_tqdm=True,
        ),
        train_dataset=load_from_disk(work.ordered),
        processing_class=AutoTokenizer.from_pretrained(work.model),
        callbacks=[watch],
        peft_config=LoraConfig(r=work.rank, lora_alpha=work.alpha, target_modules="all-linear", task_type="CAUSAL_LM"),
    )  # fmt: skip
    trainer.train()
    return watch.done()


def _llamafactory(work: Work) -> Done:
    """By what its command `llamafactory-cli train` calls, with a callback that reads the clock."""
    from llamafactory.train.tuner import run_exp

    watch, quantized = _watch(work), {}
    if work.four_bit:
        quantized = {"quantization_bit": 4, "quantization_type": "nf4", "double_quantization": True}
    settings = {
        "stage": "sft", "do_train": True, "model_name_or_path": work.model, "finetuning_type": "lora",
        "lora_target": "all", "lora_rank": work.rank, "lora_alpha": work.alpha, "lora_dropout": 0.0,
        "dataset": "ordered", "tokenized_path": work.ordered, "template": "empty", "cutoff_len": work.most_tokens,
        "disable_shuffling": True, "disable_gradient_checkpointing": True, "overwrite_output_dir": True,
    }  # fmt: skip
    run_exp(settings | quantized | _of_trainer(work), [watch])
    return watch.done()


def _of_trainer(work: Work) -> dict:
    """Settings of Transformers' Trainer, which both TRL and LLaMA-Factory build on."""
    return {
        "output_dir": tempfile.mkdtemp(), "per_device_train_batch_size": work.batch_size, "max_steps": work.steps,
        "learning_rate": work.rate, "lr_scheduler_type": "cosine", "logging_steps": 1, "save_strategy": "no",
        "report_to": "none", "seed": 42, "bf16": _in_bfloat16(work), "use_cpu": True,
    }  # fmt: skip


def _in_bfloat16(work: Work) -> bool:
    """`auto` is bfloat16 where the CPU multiplies it: their best precision there."""
    import torch

    found = torch.cpu.get_capabilities()
    can = any(found.get(name) for name in ("avx512_bf16", "amx_bf16"))
    return can if work.precision == "auto" else work.precision == "bfloat16"


def _watch(work: Work):
    """A callback of Transformers' Trainer with a method `done`."""
    from transformers import TrainerCallback

    class Watch(TrainerCallback):
        def __init__(self):
            self.clock, self.tokens, self.history = _Clock(), [], []

        def on_train_begin(self, *_, model, **__):
            model.register_forward_pre_hook(self.count, with_kwargs=True)

        def on_step_begin(self, *_, **__):
            self.tokens.append(0)

        def count(self, _, __, fed):
            mask = fed.get("attention_mask")
            self.tokens[-1] += fed["input_ids"].numel() if mask is None else int(mask.sum())

        def on_step_end(self, *_, **__):
            self.clock.look()

        def on_train_end(self, _, state, *__, **___):
            self.history = state.log_history

        def done(self) -> Done:
            losses = [entry["loss"] for entry in self.history if "loss" in entry]
            return Done(self.clock.times, self.clock.cpu, losses, self.tokens)

    return Watch()


def main() -> None:
    work = Work(**json.loads(sys.argv[1]))
    train = {"trl": _trl, "llamafactory": _llamafactory}.get(work.side, _studio)
    print(json.dumps(train(work)._asdict()))


if __name__ == "__main__":
    main()
