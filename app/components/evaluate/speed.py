"""How fast models answer and how much memory they need: a table, fastest first, and the view of a benchmark."""

import streamlit as st

from app.jobs.results import read_result
from app.wording.markdown import as_text
from app.wording.numbers import number_text, plural, size_text
from app.wording.times import span_text
from core.specs.results.benchmark import BenchmarkResult, Speed


def benchmark_view(job) -> None:
    """Draw a finished benchmark: the fastest model in a sentence, all figures, and how they were measured."""
    speed = read_result(job, BenchmarkResult).models
    fastest, figures = _fastest_first(speed)[0]
    st.markdown(
        f"**{as_text(fastest)}{' is the fastest' if len(speed) > 1 else ''}: "
        f"{number_text(figures.tokens_per_second)} tokens per second, first token after "
        f"{span_text(figures.time_to_first_token_s)}.**"
    )
    speed_table(speed)
    st.caption(
        f"Medians of {plural(job.spec['repeats'], 'answer')} of {plural(figures.new_tokens, 'token')}, each model "
        "in its own process, with the same prompt and thread count."
    )


def speed_table(speed: dict[str, Speed]) -> None:
    """Draw the figures of each model by label, and why some could not be measured."""
    ranked = _fastest_first(speed)
    st.table([_row(label, figures) for label, figures in ranked], border="horizontal")
    for label, figures in ranked:
        if figures.error:
            st.warning(f"{as_text(label)} could not be measured: {as_text(figures.error)}", icon=":material/warning:")


def _fastest_first(speed: dict[str, Speed]) -> list[tuple[str, Speed]]:
    return sorted(speed.items(), key=lambda item: -(item[1].tokens_per_second or 0))


def _at_best_batch(figures: Speed) -> str:
    rate, answers = figures.best_batch_tokens_per_second, figures.best_batch
    return f"{number_text(rate)} ({plural(answers, 'answer')} at once)" if rate and answers else "–"


def _percentiles(figures: Speed) -> str:
    seconds = (figures.token_p50_s, figures.token_p95_s, figures.token_p99_s)
    return ", ".join(map(span_text, seconds)) if None not in seconds else "–"


def _row(label: str, figures: Speed) -> dict[str, str]:
    row = {
        "Model": as_text(label),
        "Engine": "llama.cpp" if figures.kind == "gguf" else "Transformers",
        "Tokens per second": number_text(figures.tokens_per_second),
        "At the best batch": _at_best_batch(figures),
        "Time to first token": span_text(figures.time_to_first_token_s),
        "Between tokens (p50, p95, p99)": _percentiles(figures),
        "Loads in": span_text(figures.load_s),
        "Memory": size_text(figures.peak_memory_bytes),
    }
    on_gpu = figures.peak_gpu_memory_bytes
    return row | ({"GPU memory": size_text(on_gpu)} if on_gpu else {})
