"""What a benchmark measures, for its job's row and for `benchmark.json`."""

from typing import Self

from core.specs.results.result import Part, Result


class Speed(Part):
    """Medians for one model; where it could not be measured, `error` says why and the figures are None."""

    kind: str | None = None
    """How the model is stored: `hub`, `transformers`, `adapter` or `gguf`."""
    time_to_first_token_s: float | None = None
    tokens_per_second: float | None = None
    """After the first token."""
    token_p50_s: float | None = None
    token_p95_s: float | None = None
    token_p99_s: float | None = None
    """From one token to the next, of all answers, one at a time; None in results of older versions."""
    best_batch: int | None = None
    """How many answers at once give most tokens per second; None where batches were not measured."""
    best_batch_tokens_per_second: float | None = None
    """After the first tokens, of all answers of that batch together."""
    load_s: float | None = None
    peak_memory_bytes: int | None = None
    """Resident memory of the process, one answer at a time."""
    peak_gpu_memory_bytes: int | None = None
    """None on the CPU, and for llama.cpp, which does not report it."""
    new_tokens: int | None = None
    """Tokens timed after the first."""
    error: str | None = None

    def figures(self) -> dict[str, object]:
        """What was measured, by name."""
        return self.model_dump(exclude_unset=True)


class BenchmarkResult(Result):
    """Speeds by the label of the model. A row stores them without the key `models`, as clients of REST read them."""

    models: dict[str, Speed]

    def stored(self) -> dict:
        """See Result."""
        whole = super().stored()
        return {"result_version": whole["result_version"], **whole["models"]}

    @classmethod
    def read(cls, values: object, source: str) -> Self:
        """See Result."""
        if isinstance(values, dict):
            models = {label: speed for label, speed in values.items() if label != "result_version"}
            values = {"result_version": values.get("result_version"), "models": models}
        return super().read(values, source)


class BenchmarkFile(Result):
    """`benchmark.json`: the speeds and how they were measured."""

    models: dict[str, Speed]
    prompt_tokens: int
    repeats: int
    threads: int
    versions: dict[str, str]
    """Of the libraries."""
    made_by: str
    """The attempt of the job that wrote it, empty in a notebook."""
