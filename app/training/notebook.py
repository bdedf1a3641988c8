"""A run as a Jupyter notebook that needs `core` alone: its settings in plain sight, training, an answer."""

import json

from app.wording.names import file_name
from core.specs import TrainSpec
from core.specs.spec import BOOKKEEPING

_NEEDS = """# {name}

This notebook trains **{name}** again: the same settings, data and seed, on `core` alone, without the studio.
Save it in the folder of the repository or below, and use the environment that `make run` has made (`.venv`). It writes
to `{place}/`; run it again after an interruption, and training resumes from its last checkpoint."""

FIND_CORE = """import sys
from pathlib import Path

for folder in (Path.cwd(), *Path.cwd().parents):  # the repository: it holds the library, `core`
    if (folder / "core" / "training").is_dir():
        sys.path.insert(0, str(folder))
        break"""

_SPEC = """from core.specs import TrainSpec

spec = TrainSpec(
{settings}
    output_dir=str(Path("{place}").absolute()),
)"""

_TRAIN = """from core.reporting import Reporter
from core.training.train import train


class Shown(Reporter):
    def event(self, message, **details):
        print(message)

    def metric(self, step, **values):
        if "eval_reward" in values:
            print(f"step {step}: mean reward {values['eval_reward']:.4f}")
        elif "eval_loss" in values:
            print(f"step {step}: validation loss {values['eval_loss']:.4f}")


result = train(spec, Shown())
result"""

_ASK = """from core.data.store.questions import questions_of
from core.inference.open_engine import open_engine
from core.inference.settings import SamplingSettings
from core.models.references import locate

engine = open_engine(locate(result.merged_model or result.adapter))
question = next(iter(questions_of(spec.dataset)), "What can you do?")
chunks = engine.generate([{"role": "user", "content": question}], SamplingSettings(temperature=0, max_tokens=60))
print(question, "".join(chunk.text for chunk in chunks), sep="\\n\\n")
engine.close()"""


def notebook_of(spec: TrainSpec) -> str:
    """The notebook, as the JSON of an .ipynb file (nbformat 4.5)."""
    defaults = {name: field.default for name, field in TrainSpec.model_fields.items()}
    shown = {name: value for name, value in spec if name not in BOOKKEEPING and value != defaults[name]}
    shown = {name: getattr(spec, name) for name in ("name", "model", "dataset", "seed")} | shown
    settings = "\n".join(f"    {name}={value!r}," for name, value in shown.items())
    place = file_name(f"{spec.name} again", "")
    return notebook(
        ("markdown", _NEEDS.format(name=spec.name, place=place)),
        ("code", FIND_CORE),
        ("code", _SPEC.format(settings=settings, place=place)),
        ("code", _TRAIN),
        ("markdown", "## What it answers"),
        ("code", _ASK),
    )


def notebook(*cells: tuple[str, str]) -> str:
    """The JSON of an .ipynb file with cells of a kind (`markdown` or `code`) and a source."""
    made = []
    for number, (kind, source) in enumerate(cells, 1):
        cell = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": source.splitlines(keepends=True)}
        made.append(cell | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"
