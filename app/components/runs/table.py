"""The table of runs: found by words, state and tag, sorted; several chosen at once."""

import streamlit as st

from app.components.actor import actor
from app.components.runs.bulk import bulk_actions
from app.components.status import chip, fraction_done, state_word
from app.components.vocabulary import JobState
from app.jobs.queries import lowest_metrics
from app.training.runs import RunFilter, RunOrder, runs, runs_counted, tags
from app.wording.markdown import as_text, cut_middle
from app.wording.names import folder_title
from app.wording.numbers import number_text, plural
from app.wording.times import ago_text, exact_time
from app.wording.validation import validation_measure

ROWS_ON_A_PAGE = 20
_WIDTHS = [0.04, 0.3, 0.15, 0.37, 0.14]
_ORDERS = {RunOrder.NEWEST: "Newest", RunOrder.NAME: "Name", RunOrder.LOSS: "Validation loss"}


def runs_table(sweep_id: str | None = None) -> None:
    """Draw the filter, what can be done with the chosen runs, and a page of runs; of one sweep, if named."""
    which, order = _filter(sweep_id)
    count = runs_counted(actor(), which)
    place = st.container(key="rows-of-runs")
    pages = max(1, -(-count // ROWS_ON_A_PAGE))
    page = _page(pages)
    shown = runs(actor(), which, order, ROWS_ON_A_PAGE, (page - 1) * ROWS_ON_A_PAGE)
    with place:
        st.caption(plural(count, "run"))
        chosen = _draw_rows(shown)
        if not shown:
            st.info(_why_none(which), icon=":material/search_off:")
    bulk_actions(chosen, archived=which.archived)


def _why_none(which: RunFilter) -> str:
    if which.archived and not (which.text or which.states or which.tags):
        return "Nothing is archived. Choose runs and archive them to put them out of sight; nothing of them is deleted."
    return "No run matches. Change the words, states or tags above."


def _filter(sweep_id: str | None) -> tuple[RunFilter, RunOrder]:
    words, sort = st.columns([0.6, 0.4], vertical_alignment="bottom")
    text = words.text_input("Find", placeholder="name, tag, note, model or dataset", key="runs-find")
    order = sort.segmented_control(
        "Sort by", list(_ORDERS), format_func=_ORDERS.get, default=RunOrder.NEWEST, required=True, key="runs-order"
    )
    states, tagged, archive = st.columns([0.5, 0.3, 0.2], vertical_alignment="bottom")
    chosen = states.pills("State", list(JobState), selection_mode="multi", format_func=str, key="runs-states")
    known = tags(actor())
    wanted = []
    if known:
        wanted = tagged.multiselect(
            "Tags", list(known), format_func=lambda tag: f"{tag} ({known[tag]:,})", key="runs-tags"
        )
    archived = archive.toggle("Archived", key="runs-archived", help="Archived runs are out of sight, not deleted")
    return RunFilter(text, tuple(chosen), tuple(wanted), sweep_id, archived), order


def _page(pages: int) -> int:
    """The current page number, kept in the address."""
    if pages == 1:
        return 1
    asked = st.query_params.get("page", "1")
    st.session_state["page-of-runs"] = min(max(int(asked), 1), pages) if asked.isdecimal() else 1
    return st.pagination(pages, key="page-of-runs", on_change=_turn)


def _turn() -> None:
    st.query_params["page"] = str(st.session_state["page-of-runs"])


def _draw_rows(shown: list) -> dict[str, str]:
    """Draw a row per run; returns name by id of those chosen here and on other pages."""
    chosen: dict[str, str] = st.session_state.setdefault("runs-chosen", {})
    losses = lowest_metrics(actor(), [run.id for run in shown], "eval_loss")
    for run in shown:
        box, name, state, facts, when = st.columns(_WIDTHS, vertical_alignment="center")
        key = f"choose-{run.id}"
        if st.session_state.get(key) != (run.id in chosen):  # set only then: it would undo a click made meanwhile
            st.session_state[key] = run.id in chosen
        box.checkbox(
            f"Choose {run.name}", key=key, label_visibility="collapsed", on_change=_choose, args=(run.id, run.name)
        )
        name.page_link(
            "pages/runs.py",
            label=as_text(cut_middle(run.name, 44)),
            query_params={"run": run.id},
            help=as_text(run.notes) if run.notes else None,
        )
        with state:
            chip(state_word(run))
        facts.markdown(_facts(run, losses.get(run.id)))
        when.caption(ago_text(run.created_at), help=exact_time(run.created_at))
    return chosen


def _choose(run_id: str, name: str) -> None:
    chosen = st.session_state["runs-chosen"]
    if chosen.pop(run_id, None) is None:
        chosen[run_id] = name


def _facts(run, loss: tuple[int, float] | None) -> str:
    spec = run.spec
    parts = [cut_middle(spec.get("model", "unreadable").rstrip("/").rpartition("/")[2], 24)]
    parts.append(cut_middle(folder_title(spec.get("dataset", "unreadable")), 24))
    if run.state == JobState.RUNNING:
        parts.append(f"{fraction_done(run):.0%} done")
    if loss:
        measure = validation_measure(spec)
        parts.append(f"{measure.short} {number_text(measure.value(loss[1]), 3)}")
    badges = "".join(f" :gray-badge[{as_text(tag)}]" for tag in run.tags)  # in a caption they would be too pale
    return f":small[{as_text(' · '.join(parts))}]{badges}"
