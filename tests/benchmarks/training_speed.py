"""Tokens and steps a second, CPU seconds a step and loss: our training beside TRL, LLaMA-Factory or an earlier commit.

LoRA on all linear layers, batches of 8, at most 256 tokens. Without options: the starter model in NF4 on the studio's
samples, beside a bare TRL script. Every side reads the same tokens in the same batches; each run is a process of its
own; the sides take turns, and medians are compared, because runs of one command differ by several per cent. Losses are
compared over one longer run of each side.

A side is `trl`, `llamafactory`, `ours`, or a commit of this repository, and may name its precision: `trl:float32`.
Otherwise it is bfloat16 where the CPU multiplies it, and what the studio chooses. `--profile` (with
OMP_NUM_THREADS=1) says of our own sides where the second step's time goes.

usage: python -m tests.benchmarks.training_speed [--repeats 3] [--steps 60] [--loss-steps 0] [--model smollm2-135m]
           [--rows ALPACA_JSON] [--weights nf4|plain] [--against SIDE ...] [--llamafactory ITS_VENV] [--profile]
           prints one JSON object as its last line
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.training_sides import Done, Work

_ROOT = Path(__file__).parents[2]
_SIDE = Path(__file__).with_name("training_sides.py")
_BATCH_SIZE, _LENGTH, _SEED = 8, 256, 42
_DRAWS = 2000


def _parsed(given: list[str] | None = None) -> argparse.Namespace:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--steps", type=int, default=60)
    arguments.add_argument("--loss-steps", type=int, default=0)
    arguments.add_argument("--model", default="starter")
    arguments.add_argument("--rows", type=Path)
    arguments.add_argument("--weights", choices=("nf4", "plain"), default="nf4")
    arguments.add_argument("--against", nargs="+", default=["trl"])
    arguments.add_argument("--llamafactory", type=Path)
    arguments.add_argument("--profile", action="store_true")
    return arguments.parse_args(given)


class _Rows(NamedTuple):
    """Two dataset folders (see `Work`), and how many tokens the first steps read, one number a step."""

    dataset: Path
    ordered: Path
    tokens: list[int]


def measure(options: argparse.Namespace | None = None) -> dict:
    """Medians for each side; rates leave out the first sixth of the steps, `first_step_s` counts from the start.

    Ours also says how many times as fast as each other side it is, with the 95 % interval of that by bootstrap over the
    pairs of runs, and by how many per cent its mean loss is higher.
    """
    from core.models.catalogue import find_in_catalogue

    options = options or _parsed([])
    model = find_in_catalogue(options.model).local_folder
    with tempfile.TemporaryDirectory() as folder, _trees(options.against) as trees:
        rows = _rows(options, model, Path(folder))

        def run(side: str, steps: int, profile: bool = False) -> dict:
            name, _, precision = side.partition(":")
            work = Work(
                side=name, precision=precision or "auto", model=str(model), dataset=str(rows.dataset),
                ordered=str(rows.ordered), steps=steps, four_bit=options.weights == "nf4", batch_size=_BATCH_SIZE,
                rank=16, alpha=32, most_tokens=_LENGTH, rate=1e-4, profile=profile,
            )  # fmt: skip
            found = _figures(work, trees.get(side, _ROOT), options.llamafactory, rows.tokens[:steps])
            print(side, found, file=sys.stderr, flush=True)
            return found

        sides = (*options.against, "ours")
        runs = {side: [] for side in sides}
        for _ in range(options.repeats):
            for side in sides:
                runs[side].append(run(side, options.steps))
        found = {
            side: {key: statistics.median(result[key] for result in results) for key in results[0]}
            for side, results in runs.items()
        }
        for side in sides if options.loss_steps else ():
            found[side]["mean_loss"] = run(side, options.loss_steps)["mean_loss"]
        for side in sides if options.profile else ():
            found[side] |= {name: share for name, share in run(side, 2, profile=True).items() if "share" in name}
    for side in options.against:
        rates = [[run["tokens_per_second"] for run in runs[one]] for one in ("ours", side)]
        pairs = [ours / other for ours, other in zip(*rates, strict=True)]
        low, high = _interval(pairs)
        found["ours"] |= {
            f"times_{side}": statistics.median(pairs), f"times_{side}_from": low, f"times_{side}_to": high,
            f"loss_above_{side}_percent": 100 * (found["ours"]["mean_loss"] / found[side]["mean_loss"] - 1),
        }  # fmt: skip
    return {side: {key: round(value, 4) for key, value in figures.items()} for side, figures in found.items()}


def _interval(values: list[float]) -> tuple[float, float]:
    """The 95 % interval of the median, by bootstrap."""
    chance = random.Random(0)
    medians = sorted(statistics.median(chance.choices(values, k=len(values))) for _ in range(_DRAWS))
    return medians[_DRAWS // 40], medians[-_DRAWS // 40]


@contextmanager
def _trees(against: list[str]):
    """Folders with the code of earlier commits, by name."""
    with tempfile.TemporaryDirectory() as folder:
        others = ("trl", "llamafactory", "ours")
        trees = {side: Path(folder) / side for side in against if side.partition(":")[0] not in others}
        for commit, tree in trees.items():
            tree.mkdir()
            packed = subprocess.run(["git", "archive", commit, "core"], cwd=_ROOT, capture_output=True, check=True)
            subprocess.run(["tar", "-x", "-C", str(tree)], input=packed.stdout, check=True)
        yield trees


def _rows(options: argparse.Namespace, model: Path, folder: Path) -> _Rows:
    import pyarrow as pa
    from datasets import Dataset

    from core.data.samples import make_samples, parse_domain
    from core.data.store.writing import write_dataset
    from core.models.loading import load_tokenizer
    from core.models.references import locate
    from core.training.compute.loss import NO_LOSS
    from core.training.objectives.examples import tokenize_split
    from core.training.schedule import chosen_by_step

    if options.rows:
        rows = json.loads(options.rows.read_text(encoding="utf-8"))
    else:
        rows = make_samples(parse_domain("healthcare"), 400, seed=42)
    columns = ["instruction", "input", "output"]
    rows = [{key: row[key] for key in columns} for row in rows]
    tokenizer = load_tokenizer(locate(str(model)))
    fits = [bool(tokenize_split(Dataset.from_list([row]), "validation", tokenizer, _LENGTH).examples) for row in rows]
    rows = [row for row, one in zip(rows, fits, strict=True) if one]
    rows = rows[: len(rows) // _BATCH_SIZE * _BATCH_SIZE]
    examples = tokenize_split(Dataset.from_list(rows), "train", tokenizer, _LENGTH).examples
    places = Path(folder) / "speed_dataset", Path(folder) / "ordered"
    places[0].mkdir()
    write_dataset(places[0], {"train": [pa.Table.from_pylist(rows)]}, columns)

    steps = range(max(options.steps, options.loss_steps))
    read = [[examples[one] for one in chosen_by_step(len(rows), step, _BATCH_SIZE, 1, _SEED)] for step in steps]
    ordered = [
        {
            "input_ids": (ids := example.ids.tolist()),
            "attention_mask": [1] * len(ids),
            "labels": [NO_LOSS] * example.prompt_tokens + ids[example.prompt_tokens :],
        }
        for batch in read
        for example in batch
    ]
    Dataset.from_list(ordered).save_to_disk(places[1])
    return _Rows(*places, [sum(example.length for example in batch) for batch in read])


def _figures(work: Work, tree: Path, llamafactory: Path | None, tokens: list[int]) -> dict:
    """Run a side and say how fast it was. Raises SystemExit if it fails or does other work than the others."""
    python = sys.executable
    if work.side == "llamafactory":
        if not llamafactory:
            raise SystemExit("--llamafactory: name the virtual environment that LLaMA-Factory is installed in.")
        python = str(llamafactory / "bin/python")
    began_at = time.time()
    finished = subprocess.run(
        [python, "-P", str(_SIDE), json.dumps(work._asdict())],
        capture_output=True, text=True, cwd=tree, env=os.environ | {"PYTHONPATH": str(tree)},
    )  # fmt: skip
    if finished.returncode:
        raise SystemExit(f"{work.side} failed:\n{finished.stderr[-3000:]}")
    done = Done(**json.loads(finished.stdout.splitlines()[-1]))
    same_steps = len(done.times) == len(done.losses) == work.steps
    if not same_steps or done.tokens not in (tokens, [sum(tokens)]):
        raise SystemExit(
            f"{work.side} took {len(done.times)} steps over {done.tokens} tokens instead of {work.steps} steps over "
            f"{tokens}: that is not the same work."
        )
    skipped = max(1, work.steps // 6)
    seconds, steps = done.times[-1] - done.times[skipped - 1], work.steps - skipped
    return {
        "tokens_per_second": sum(tokens[skipped:]) / seconds,
        "steps_per_second": steps / seconds,
        "cpu_seconds_per_step": (done.cpu[-1] - done.cpu[skipped - 1]) / steps,
        "mean_loss": statistics.fmean(done.losses),
        "first_step_s": done.times[0] - began_at,
    } | {f"{kind}: share": share for kind, share in done.shares.items()}


def main() -> None:
    print(json.dumps(measure(_parsed())))


if __name__ == "__main__":
    main()
