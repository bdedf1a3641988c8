"""The pages in the order of the work, and where each kind of job is shown."""

from dataclasses import dataclass

from core.specs import JobKind
from storage.rows import Job


@dataclass(frozen=True)
class PageEntry:
    """One page: its file under `pages/` (also its address), its title, a Material icon."""

    slug: str
    title: str
    icon: str
    default: bool = False


SECTIONS: dict[str, tuple[PageEntry, ...]] = {
    "": (PageEntry("overview", "Overview", ":material/home:", default=True),),
    "Build": (
        PageEntry("data", "Data", ":material/table_rows:"),
        PageEntry("train", "Train", ":material/model_training:"),
        PageEntry("runs", "Runs", ":material/monitoring:"),
    ),
    "Prove": (
        PageEntry("evaluate", "Evaluate", ":material/fact_check:"),
        PageEntry("export", "Export", ":material/compress:"),
    ),
    "Use": (
        PageEntry("chat", "Chat", ":material/forum:"),
        PageEntry("serve", "Serve", ":material/dns:"),
    ),
    "Studio": (PageEntry("settings", "Settings", ":material/tune:"),),
}


PLACES = {
    JobKind.PREPARE: "data",
    JobKind.SYNTHESIZE: "data",
    JobKind.TRAIN: "runs",
    JobKind.EVALUATE: "evaluate",
    JobKind.EXPORT: "export",
    JobKind.BENCHMARK: "evaluate",
}
"""The page on which a job of each kind is looked at."""


def job_link(place, going: Job, label: str) -> None:
    """The way to a job that runs."""
    place.page_link(
        f"pages/{PLACES[going.kind]}.py",
        label=label,
        icon=":material/play_circle:",
        query_params=job_query(going),
    )


def job_query(job: Job) -> dict[str, str]:
    """What names a job in the address of its page."""
    return {"run" if job.kind == JobKind.TRAIN else "job": job.id}
