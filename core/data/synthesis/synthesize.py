"""Lets a language model write examples, keeps those that pass the checks, and publishes them as a dataset.

In a notebook:

```python
from core.data.synthesis.synthesize import synthesize
from core.specs import SynthesizeSpec

made = synthesize(SynthesizeSpec(name="manual", output_dir="datasets", documents=("manual.md",), model="model.gguf"))
made.path, made.accepted, made.left_out
```
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from core.data.preparing.refusing import refuse_taken
from core.data.synthesis.budget import cost_usd
from core.data.synthesis.journal import Journal
from core.data.synthesis.material import gather
from core.data.synthesis.publishing import published, work_folder
from core.data.synthesis.rounds import Rounds
from core.errors import TunewrightError
from core.reporting import Reporter, Stopped
from core.specs import SynthesizeSpec
from core.specs.results.prepare import SynthesizeResult


def synthesize(
    spec: SynthesizeSpec, reporter: Reporter | None = None, allowed_endpoints: Sequence[str] = ()
) -> SynthesizeResult:
    """Write the examples that `spec` asks for and publish the dataset.

    Stops at the number asked for, at the budget, or when the model writes nothing new. `allowed_endpoints` are the
    addresses that may be asked besides this machine. A job that resumes does not ask again for what is in its journal.
    Raises a TunewrightError.
    """
    reporter = reporter or Reporter()
    refuse_taken(spec)  # before anything is paid for
    journal = Journal(work_folder(spec), spec, reporter)
    try:
        with closing(gather(spec, journal.folder / "material.jsonl")) as material:
            rounds = Rounds(spec, material, journal, reporter)
            _run(rounds.write(allowed_endpoints))
            usd = cost_usd(spec, journal.tokens)
            result = published(spec, material, journal, rounds.stopped_by, reporter, usd)
    except TunewrightError as error:
        is_cancelled = isinstance(error, Stopped) and error.request.gives_up
        if is_cancelled or not journal.done:
            journal.remove()
        raise
    journal.remove()
    return result


def _run(coroutine) -> None:
    """Run a coroutine to its end. In a notebook an event loop is running already, so it gets a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(coroutine)
        return
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()
