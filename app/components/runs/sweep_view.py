"""A sweep: how far it is, its best run on the validation split, and how settings and results go together."""

import streamlit as st

from app.components.actor import actor
from app.components.chart_style import rows_behind
from app.components.parallel_chart import parallel_chart
from app.components.runs.settings_table import setting_label
from app.components.runs.table import runs_table
from app.components.vocabulary import JobState
from app.training.sweeps import SweepRun, SweepStanding, sweep_standing, sweeps
from app.wording.markdown import as_text, cut_middle
from app.wording.numbers import number_text, plural, setting_text


def sweep_state(sweep_id: str) -> list[tuple]:
    """What the page of a sweep depends on: cheap, so that it can be asked every two seconds."""
    return [(run.job.state, run.job.hold_reason, run.eval_loss) for run in sweep_standing(actor(), sweep_id).runs]


def sweep_view(standing: SweepStanding) -> None:
    """Draw a sweep with its runs."""
    count = len(standing.runs)
    st.progress(standing.ended / count if count else 0.0, text=_progress(standing))
    best = standing.best
    if best:
        varied = ", ".join(
            f"{_within(setting_label(name))} {setting_text(value)}" for name, value in best.varied.items()
        )
        words = "Best" if standing.ended == count else "Best so far"
        measured = number_text(best.measure.value(best.eval_loss), 3)
        st.markdown(
            f"**{words}: {as_text(best.job.name)}**, {best.measure.name} {measured} at step "
            f"{best.step:,}, with {as_text(varied)}\\."
        )
        _chart(standing, best)
    else:
        st.caption("The chart appears once a run has been validated.")
    runs_table(sweep_id=standing.sweep.id)


def _progress(standing: SweepStanding) -> str:
    words = [f"{standing.ended:,} of {plural(len(standing.runs), 'run')} ended"]
    for state in (JobState.FAILED, JobState.CANCELLED):
        if count := sum(run.job.state == state for run in standing.runs):
            words.append(f"{count:,} {state}")
    return ", ".join(words)


def _within(label: str) -> str:
    """A label within a sentence: learning rate, but LoRA rank."""
    return label[0].lower() + label[1:] if label[1:2].islower() and not label.startswith("LoRA") else label


def _chart(standing: SweepStanding, best: SweepRun) -> None:
    fields = list(standing.runs[0].varied)
    columns = {setting_label(field): [run.varied[field] for run in standing.runs] for field in fields}
    measured = best.measure.name.capitalize()
    columns[measured] = [run.measure.value(run.eval_loss) for run in standing.runs]
    names = [run.job.name for run in standing.runs]
    parallel_chart(columns, names, standing.runs.index(best), key=f"sweep-{standing.sweep.id}")
    st.caption(f"One line per run, from its settings to its best {best.measure.name}. The best is drawn in blue.")
    rows = [
        {"Run": name} | {column: values[number] for column, values in columns.items()}
        for number, name in enumerate(names)
    ]
    best_first = sorted(rows, key=lambda row: (row[measured] is None, best.measure.sign * (row[measured] or 0)))
    rows_behind(best_first, f"sweep-{standing.sweep.id}")


def sweep_links() -> None:
    """Draw a link to each sweep, folded; nothing when there is none."""
    if not (known := sweeps(actor())):
        return
    with st.expander(f"Sweeps: {len(known):,}", icon=":material/account_tree:"):
        for sweep, count in known:
            label = f"{as_text(cut_middle(sweep.name, 48))} · {plural(count, 'run')}"
            st.page_link("pages/runs.py", label=label, query_params={"sweep": sweep.id})
