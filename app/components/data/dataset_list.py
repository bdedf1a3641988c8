"""Every dataset of the studio, the newest first, each with its newest version; and the one that the address names."""

import streamlit as st

from app.components.listing import Row, listing
from app.data.datasets import dataset, datasets
from core.errors import NotFoundError


def all_datasets() -> None:
    """The list; what to do while there is none."""
    known = list({one["root"]: one for one in reversed(datasets())}.values())[::-1]
    if not known:
        st.info(
            "No dataset yet: what you make will stand here. To look around first, make samples; that takes seconds."
        )
        return
    listing("All datasets", "data", len(known), lambda newest: map(_row, known[:newest]))


def dataset_in_address() -> dict | None:
    """The dataset that the address names, if it is there."""
    try:
        return dataset(st.query_params.get("dataset", ""))
    except NotFoundError:
        return None


def _row(dataset: dict) -> Row:
    report = dataset["report"]
    splits = [f"{count:,} {split}" for split, count in report["splits"].items()]
    verdict = report.get("verdict", {}).get("state", "")
    return Row(dataset["title"], {"dataset": dataset["id"]}, verdict, splits, dataset["created_at"])
