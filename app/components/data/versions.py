"""The versions of a dataset: what changed, comparing any two, restoring one."""

from pathlib import Path

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.data.versions import compare, restore, versions
from app.wording.markdown import as_text
from app.wording.numbers import plural
from app.wording.times import ago_text

_KINDS = {"added": "Added", "dropped": "Dropped", "changed": "Changed", "moved": "Moved"}


def version_banner(dataset: dict) -> None:
    """Draw what changed in this version, with Undo."""
    version = dataset["report"].version
    if not (version and version.parent):
        return
    before = _undoes_to(dataset)
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f":material/history: **Version {version.number}** · {as_text(version.changes)}")
        if before:
            _restore_button("Undo", dataset, before)


def _undoes_to(dataset: dict) -> dict | None:
    """The version that Undo restores: this one's parent, or the version before if this one was itself restored."""
    known = versions(actor(), dataset["id"])
    version = dataset["report"].version
    if version.changes.startswith("as version "):
        return next((one for one in reversed(known) if one["version"] < dataset["version"]), None)
    return next((one for one in known if Path(one["path"]).name == version.parent), None)


def _restore_button(words: str, dataset: dict, version: dict) -> None:
    if st.button(
        words,
        icon=":material/undo:",
        key=f"{words}-{version['id']}",
        help=f"Makes a new version equal to version {version['version']}. Nothing is lost.",
    ):
        with showing_errors():
            job = restore(actor(), dataset["id"], version["version"])
            st.query_params.clear()
            st.query_params["job"] = job.id
            st.rerun()


def versions_view(dataset: dict) -> None:
    """Draw all versions as a table, and a comparison of two."""
    known = versions(actor(), dataset["id"])
    st.dataframe([_row(one, dataset) for one in known], hide_index=True)
    if len(known) < 2:
        st.caption("Every fix, edit or new split makes a new version. You can then compare any two here.")
        return
    numbers = [one["version"] for one in known]
    here = next((number for number, one in zip(numbers, known, strict=True) if one["id"] == dataset["id"]), numbers[-1])
    left, right, back = st.columns([0.3, 0.3, 0.4], vertical_alignment="bottom")
    before = left.selectbox("From version", numbers, index=max(0, numbers.index(here) - 1), key="compare-from")
    after = right.selectbox("To version", numbers, index=numbers.index(here), key="compare-to")
    chosen = {one["version"]: one for one in known}
    with back:
        _restore_button(f"Restore version {before}", dataset, chosen[before])
    if before == after:
        st.caption("Choose two different versions to see what changed between them.")
        return
    with showing_errors():
        _difference(compare(actor(), chosen[before]["id"], chosen[after]["id"]))


def _row(one: dict, dataset: dict) -> dict:
    report = one["report"]
    return {
        "Version": one["version"],
        "What changed": (report.version and report.version.changes) or "the first",
        **{split.capitalize(): count for split, count in report.splits.items()},
        "Verdict": report.state,
        "Made": ago_text(one["created_at"]) + (" · this one" if one["id"] == dataset["id"] else ""),
    }


def _difference(difference: dict) -> None:
    places = st.columns(len(_KINDS))
    for place, (kind, words) in zip(places, _KINDS.items(), strict=True):
        place.metric(words, f"{difference[kind]['count']:,}")
    for kind, words in _KINDS.items():
        found = difference[kind]
        if found["count"]:
            shown = "" if len(found["rows"]) == found["count"] else f", the first {len(found['rows']):,}"
            with st.expander(f"{words} · {plural(found['count'], 'row')}{shown}", expanded=kind == "changed"):
                st.dataframe(found["rows"], hide_index=True)
